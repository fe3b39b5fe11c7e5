import { type Command, Option } from 'commander';
import { seconds } from './duration-option.js';
import { listPages, PAGE_INFO } from './operator-api/list-pages.js';
import { OperatorRefusedError } from './operator-api/operator-api.errors.js';
import type { OperatorApi } from './operator-api/operator-api.interface.js';
import { withOperatorApi } from './operator-api/with-operator-api.js';
import { organizationId, positive, uuid } from './option-values.js';
import { reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface ListOptions {
  readonly status?: 'HEALTHY' | 'BLOCKED';
  readonly integration?: string;
  readonly organization?: string;
  readonly paused?: true;
  readonly gaveUp?: true;
  readonly minDepth?: number;
  readonly headOlderThan?: number;
}

interface QueueRow {
  readonly integrationId: string;
  readonly organizationId: string;
  readonly status: 'HEALTHY' | 'BLOCKED';
  readonly state: string;
  readonly depth: number;
  readonly oldestWaitingAt: string | null;
  readonly suspendedAt: string | null;
  readonly blockedAt: string | null;
  readonly attempts: number;
  readonly lastTriedAt: string | null;
  readonly lastErrorMessage: string | null;
  readonly nextAttemptAt: string | null;
}

/** Other programs rely on these: what is added here is added to what --json prints. */
const FIELDS = `integrationId organizationId status state depth oldestWaitingAt suspendedAt blockedAt
  attempts lastTriedAt lastErrorMessage nextAttemptAt`;

export function addQueueListCommand(queue: Command, terminal: TerminalInterface): void {
  const list = queue
    .command('list')
    .description('list queues, the longest waiting first')
    .addOption(new Option('--status <status>', 'only these').choices(['BLOCKED', 'HEALTHY']))
    .addOption(
      new Option('--integration <id>', 'only the queue of this integration')
        .argParser(uuid)
        .conflicts(['organization', 'paused', 'gaveUp', 'minDepth', 'headOlderThan']),
    )
    .option('--organization <id>', 'only those of this organization', organizationId)
    .option('--paused', 'only those that an operator paused')
    .option('--gave-up', 'only those that are not tried any more')
    .option('--min-depth <number>', 'only those where so many messages wait', positive)
    .option('--head-older-than <duration>', 'only those that wait as long, such as 30m', seconds);
  reporting(list, terminal, (options: ListOptions) =>
    withOperatorApi(terminal, {}, async (api) => {
      const rows = (await found(api, options)).sort(longestWaitingFirst);
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

function found(api: OperatorApi, options: ListOptions): Promise<QueueRow[]> {
  if (options.integration !== undefined) return one(api, options.integration, options.status);
  const document = `query($filter: QueueFilter, $first: Int!, $after: String) {
    page: queues(filter: $filter, first: $first, after: $after) {
      edges { node { ${FIELDS} } } ${PAGE_INFO} } }`;
  const filter = {
    status: options.status,
    organizationId: options.organization,
    paused: options.paused,
    gaveUp: options.gaveUp,
    minDepth: options.minDepth,
    headOlderThanSeconds: options.headOlderThan,
  };
  return listPages<QueueRow>(api, { document, variables: { filter } });
}

async function one(
  api: OperatorApi,
  id: string,
  status: ListOptions['status'],
): Promise<QueueRow[]> {
  const document = `query($id: UUID!) { queue(integrationId: $id) { ${FIELDS} } }`;
  try {
    const { queue } = await api.execute<{ queue: QueueRow }>(document, { id });
    return status === undefined || queue.status === status ? [queue] : [];
  } catch (error) {
    if (error instanceof OperatorRefusedError && error.code === 'queue_not_found') return [];
    throw error;
  }
}

/** The API lists them by id, so that its pages hold while queues change. */
function longestWaitingFirst(a: QueueRow, b: QueueRow): number {
  const [waitingA, waitingB] = [a.oldestWaitingAt ?? 'z', b.oldestWaitingAt ?? 'z'];
  if (waitingA !== waitingB) return waitingA < waitingB ? -1 : 1;
  return a.integrationId < b.integrationId ? -1 : 1;
}
