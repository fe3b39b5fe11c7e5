import type { Operator as QueueOperator } from '@app/queue';
import type { OperatorContext } from '../operator-context.js';
import { badInput } from '../operator.errors.js';

/** What the input of every action has. */
export interface ActionInput {
  readonly reason?: string | null;
  readonly requestId?: string | null;
  readonly dryRun: boolean;
}

/** No control characters, which a terminal would obey. */
const REASON = /^[^\p{Cc}\p{Cs}]{1,500}$/u;

/** Who acts, and how. Throws OperatorError where the reason cannot be kept. */
export function actingOperator(
  { operator, signal }: OperatorContext,
  input: ActionInput,
): QueueOperator {
  const reason = input.reason?.trim();
  if (reason !== undefined && !REASON.test(reason)) {
    throw badInput('reason', 'it takes 1 to 500 characters, none of them a control character');
  }
  const { requestId, dryRun } = input;
  return { actor: operator.name, reason, requestId: requestId ?? undefined, dryRun, signal };
}
