import type { Command } from 'commander';
import { withOperatorApi } from './operator-api/with-operator-api.js';
import { uuid } from './option-values.js';
import { type Cell, record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface ShowOptions {
  readonly id: string;
  readonly body?: true;
}

interface AttemptRow {
  readonly attempt: number;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly outcome: string;
  readonly statusCode: number | null;
  readonly code: string | null;
  readonly error: string | null;
  readonly excerpt: string | null;
}

interface Copy {
  readonly seq: string;
  readonly origin: string;
  readonly endPoint: string | null;
  readonly status: string;
  readonly setAside: Readonly<Record<string, string | null>> | null;
  readonly attempts: { readonly edges: readonly { readonly node: AttemptRow }[] };
}

type ShownMessage = Readonly<Record<string, Cell>> & { readonly copies: readonly Copy[] };

/** The newest attempts of each copy: to see why it fails, not to read all of them. */
const document = (withBody: boolean): string => `query($id: UUID!) { message(id: $id) {
  id integrationId webhookId type enqueuedAt bodyBytes ${withBody ? 'body' : ''}
  copies { seq origin endPoint status attemptCount lastTriedAt lastErrorCode lastErrorMessage
    setAside { decidedAt decidedBy reason requeuedSeq }
    attempts(first: 20) { edges { node {
      attempt startedAt durationMs outcome statusCode code error excerpt } } } } } }`;

export function addMessageCommands(program: Command, terminal: TerminalInterface): void {
  const message = program.command('message').description('events in the queues');
  const show = message
    .command('show')
    .description('show a message: where it stands, and its attempts')
    .requiredOption('--id <id>', 'of the message', uuid)
    .option('--body', 'with the event itself, which may carry personal data');
  reporting(show, terminal, ({ id, body }: ShowOptions) =>
    withOperatorApi(terminal, {}, async (api) => {
      const query = document(body === true);
      const answer = await api.execute<{ message: ShownMessage }>(query, { id });
      const { copies: found, ...fields } = answer.message;
      const copies = found.map(({ attempts, ...copy }) => ({
        ...copy,
        attempts: attempts.edges.map(({ node }) => node),
      }));
      return {
        json: { ...fields, copies },
        text: record(fields as Readonly<Record<string, Cell>>, ...copies.map(copyText)),
      };
    }),
  );
}

function copyText({
  seq,
  origin,
  endPoint,
  status,
  setAside,
  attempts,
}: Omit<Copy, 'attempts'> & { readonly attempts: readonly AttemptRow[] }): string {
  const heading = record({
    seq,
    origin,
    status,
    ...(endPoint !== null && { endPoint }),
    ...setAside,
  });
  const rows = table(
    attempts,
    [
      ['attempt', (row) => row.attempt],
      ['started', (row) => row.startedAt],
      ['ms', (row) => row.durationMs],
      ['outcome', (row) => row.outcome],
      ['status', (row) => row.statusCode],
      ['code', (row) => row.code],
      ['error', (row) => row.error],
      ['answer', (row) => row.excerpt?.slice(0, 80)],
    ],
    'It was not tried yet.',
  );
  return `${heading}\n${rows}`;
}
