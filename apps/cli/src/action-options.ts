import type { Command } from 'commander';
import { label, uuid } from './option-values.js';

/** What every command that changes something takes. */
export interface ActionOptions {
  readonly reason?: string;
  readonly actor?: string;
  readonly requestId?: string;
  readonly dryRun?: true;
}

/** Adds them. A reason can be demanded where nothing can be taken back. */
export function addActionOptions(command: Command, { needsReason = false } = {}): Command {
  const reason = ['--reason <text>', 'why, for the record', label] as const;
  if (needsReason) command.requiredOption(...reason);
  else command.option(...reason);
  return command
    .option('--actor <name>', 'who, for the record (default: the user of this machine)', label)
    .option(
      '--request-id <uuid>',
      'once it has changed something, a second request with it does nothing',
      uuid,
    )
    .option('--dry-run', 'say what would happen, and do nothing');
}

/** As the inputs of the operator API have them. */
export const actionInput = ({ reason, requestId, dryRun }: Partial<ActionOptions>) => ({
  ...(reason !== undefined && { reason }),
  ...(requestId !== undefined && { requestId }),
  dryRun: dryRun === true,
});
