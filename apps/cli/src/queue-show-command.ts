import type { Command } from 'commander';
import { withOperatorApi } from './operator-api/with-operator-api.js';
import { uuid } from './option-values.js';
import { record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface ShowOptions {
  readonly integration: string;
}

interface MessageRow {
  readonly messageId: string;
  readonly seq: string;
  readonly type: string;
  readonly enqueuedAt: string;
  readonly origin: string;
  readonly status: string;
  readonly attemptCount: number;
  readonly lastErrorMessage: string | null;
}

interface ParkedRow {
  readonly messageId: string;
  readonly seq: string;
  readonly parkedAt: string;
  readonly parkedBy: string;
  readonly reason: string | null;
}

interface List<Node> {
  readonly edges: readonly { readonly node: Node }[];
}

interface ShownQueue {
  readonly recovery: Readonly<Record<string, string | number | null>>;
  readonly nextMessages: List<MessageRow>;
  readonly lastMessages: List<MessageRow>;
  readonly parkedMessages: List<ParkedRow>;
  readonly [field: string]: unknown;
}

const MESSAGE = `messageId seq webhookId type enqueuedAt origin endPoint status attemptCount lastTriedAt
  lastErrorCode lastErrorMessage`;

/** How many of each list are shown: to see where the queue stands, not to read it. */
const DOCUMENT = `query($id: UUID!) { queue(integrationId: $id) {
  integrationId integrationType organizationId applicationId status state depth oldestWaitingAt headSeq
  pausedAt suspendedAt blockedAt healthySince attempts lastTriedAt lastErrorCode lastErrorMessage
  nextAttemptAt leaseOwner leaseUntil messagesPerSecond
  recovery { effectiveMode mode backoffMinMs backoffMaxMs gaveUpAt gaveUpReason }
  nextMessages(first: 10) { edges { node { ${MESSAGE} } } }
  lastMessages(first: 5) { edges { node { ${MESSAGE} } } }
  parkedMessages(first: 20) { edges { node { messageId seq webhookId attempts parkedAt parkedBy reason } } } } }`;

export function addQueueShowCommand(queue: Command, terminal: TerminalInterface): void {
  const show = queue
    .command('show')
    .description('show one queue: why it stands, what waits, what is parked, what was settled last')
    .requiredOption('--integration <id>', 'whose queue', uuid);
  reporting(show, terminal, ({ integration }: ShowOptions) =>
    withOperatorApi(terminal, {}, async (api) => {
      const { queue: shown } = await api.execute<{ queue: ShownQueue }>(DOCUMENT, {
        id: integration,
      });
      const { nextMessages, lastMessages, parkedMessages, recovery, ...fields } = shown;
      const lists = {
        nextMessages: nodesOf(nextMessages),
        lastMessages: nodesOf(lastMessages),
        parkedMessages: nodesOf(parkedMessages),
      };
      const text = record(
        {
          ...(fields as Readonly<Record<string, string | number | null>>),
          ...recoveryCells(recovery),
        },
        `Next:\n${messageTable(lists.nextMessages)}`,
        `Parked:\n${parkedTable(lists.parkedMessages)}`,
        `Last:\n${messageTable(lists.lastMessages)}`,
      );
      return { json: { ...fields, recovery, ...lists }, text };
    }),
  );
}

const nodesOf = <Node>({ edges }: List<Node>): Node[] => edges.map(({ node }) => node);

function recoveryCells({ effectiveMode, gaveUpAt, gaveUpReason, ...own }: ShownQueue['recovery']) {
  const { mode, backoffMinMs, backoffMaxMs } = own;
  return {
    recovery: effectiveMode,
    recoverySetTo: mode ?? 'as configured',
    backoffMs: backoffMinMs == null ? 'as configured' : `${backoffMinMs} to ${backoffMaxMs}`,
    gaveUpAt,
    gaveUpReason,
  };
}

const messageTable = (rows: readonly MessageRow[]): string =>
  table(
    rows,
    [
      ['seq', (row) => row.seq],
      ['message', (row) => row.messageId],
      ['type', (row) => row.type],
      ['enqueued', (row) => row.enqueuedAt],
      ['origin', (row) => row.origin],
      ['status', (row) => row.status],
      ['attempts', (row) => row.attemptCount],
      ['last error', (row) => row.lastErrorMessage],
    ],
    'none',
  );

const parkedTable = (rows: readonly ParkedRow[]): string =>
  table(
    rows,
    [
      ['seq', (row) => row.seq],
      ['message', (row) => row.messageId],
      ['parked', (row) => row.parkedAt],
      ['by', (row) => row.parkedBy],
      ['reason', (row) => row.reason],
    ],
    'none',
  );
