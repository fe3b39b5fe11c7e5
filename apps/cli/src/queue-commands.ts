import { QueueOperationsStore, QueueOverviewQuery, QueueStatus } from '@app/queue';
import { type Command, Option } from 'commander';
import { withDatabase } from './database-session.js';
import { operatorName } from './operator-name.js';
import { label, uuid } from './option-values.js';
import { record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface ListOptions {
  readonly status?: QueueStatus;
  readonly integration?: string;
}

interface UnblockOptions {
  readonly integration: string;
  readonly reason?: string;
  readonly actor?: string;
}

export function addQueueCommands(program: Command, terminal: TerminalInterface): void {
  const queue = program.command('queue').description('delivery queues, one for each integration');
  addList(queue, terminal);
  addUnblock(queue, terminal);
}

function addList(queue: Command, terminal: TerminalInterface): void {
  const list = queue
    .command('list')
    .description('list queues, the longest waiting first')
    .addOption(
      new Option('--status <status>', 'only these').choices([
        QueueStatus.BLOCKED,
        QueueStatus.HEALTHY,
      ]),
    )
    .option('--integration <id>', 'only the queue of this integration', uuid);
  reporting(list, terminal, (options: ListOptions) =>
    withDatabase(terminal, async ({ dataSource, configuration }) => {
      const probe = configuration.recovery.mode === 'probe';
      const rows = await new QueueOverviewQuery(dataSource, { probe }).execute({
        ...(options.status && { status: options.status }),
        ...(options.integration && { integrationId: options.integration }),
      });
      const text = table(
        rows,
        [
          ['integration', (row) => row.integrationId],
          ['status', (row) => row.status],
          ['state', (row) => row.state],
          ['suspended since', (row) => row.suspendedAt],
          ['depth', (row) => row.depth],
          ['oldest waiting', (row) => row.oldestWaitingAt],
          ['attempts', (row) => row.attempts],
          ['next attempt', (row) => row.nextAttemptAt],
          ['last error', (row) => row.lastErrorMessage],
        ],
        'There are no such queues.',
      );
      return { json: rows, text };
    }),
  );
}

function addUnblock(queue: Command, terminal: TerminalInterface): void {
  const unblock = queue
    .command('unblock')
    .description('have the head of a blocked queue tried now; nothing is skipped')
    .requiredOption('--integration <id>', 'whose queue', uuid)
    .option('--reason <text>', 'why, for the record', label)
    .option('--actor <name>', 'who, for the record (default: the user of this machine)', label);
  reporting(unblock, terminal, ({ integration, reason, actor }: UnblockOptions) =>
    withDatabase(terminal, async ({ dataSource }) => {
      const operator = { actor: actor ?? operatorName(), reason };
      const { verdict } = await new QueueOperationsStore(dataSource).unblock(integration, operator);
      const unblocked = verdict !== 'not_blocked';
      const status = unblocked ? QueueStatus.BLOCKED : QueueStatus.HEALTHY;
      const outcome = { integrationId: integration, unblocked, status };
      const sentence = unblocked
        ? 'Its head is tried now; it stays BLOCKED until that was delivered.'
        : 'The queue was not blocked: nothing was done.';
      return { json: outcome, text: record(outcome, sentence) };
    }),
  );
}
