import type { RecoverySettings } from '@app/queue';
import { badInput } from '../operator.errors.js';

export interface RecoveryInput {
  readonly mode?: 'PROBE' | 'MANUAL' | null;
  readonly backoffMinMs?: number | null;
  readonly backoffMaxMs?: number | null;
}

/** As RECOVERY_BACKOFF_MIN_MS and RECOVERY_BACKOFF_MAX_MS have them. */
const SHORTEST_MS = 10;
const LONGEST_MS = 24 * 3_600_000;

const MODES = { PROBE: 'probe', MANUAL: 'manual' } as const;

/** Throws OperatorError. */
export function recoverySettings(input: RecoveryInput): RecoverySettings {
  const { mode, backoffMinMs = null, backoffMaxMs = null } = input;
  const bounds = { backoffMinMs, backoffMaxMs };
  for (const [field, value] of Object.entries(bounds)) {
    if (value !== null && (value < SHORTEST_MS || value > LONGEST_MS)) {
      throw badInput(field, `it is not a whole number from ${SHORTEST_MS} to ${LONGEST_MS}`);
    }
  }
  if ((backoffMinMs === null) !== (backoffMaxMs === null)) {
    throw badInput('backoffMaxMs', 'backoffMinMs and backoffMaxMs are given both or not at all');
  }
  if (backoffMinMs !== null && backoffMaxMs !== null && backoffMaxMs < backoffMinMs) {
    throw badInput('backoffMaxMs', 'it is less than backoffMinMs');
  }
  return { mode: mode == null ? null : MODES[mode], ...bounds };
}
