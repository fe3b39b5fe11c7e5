import { DEAD_LETTER_REASONS, type DeadLetterReason } from '@app/events';
import { type Command, Option } from 'commander';
import { addDeadLetterRedriveCommand } from './dead-letter-redrive-command.js';
import { listPages, PAGE_INFO } from './operator-api/list-pages.js';
import { withOperatorApi } from './operator-api/with-operator-api.js';
import { limit, moment, numberId } from './option-values.js';
import { type Cell, record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface ListOptions {
  readonly reason?: DeadLetterReason;
  readonly topic?: string;
  readonly receivedAfter?: string;
  readonly receivedBefore?: string;
  readonly limit: number;
}

interface ShowOptions {
  readonly id: string;
  readonly value?: true;
}

interface DeadLetterRow {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly timestamp: string;
  readonly reason: string;
  readonly detail: string;
  readonly receivedAt: string;
  readonly key: string | null;
  readonly keyBase64: string | null;
  readonly valueBytes: number | null;
}

type ShownDeadLetter = Readonly<Record<string, Cell>> & {
  readonly headers: readonly { readonly name: string; readonly value: string }[];
};

/** Some hundred bytes each: what a terminal and a program can take without asking for less. */
const DEFAULT_LIMIT = 1_000;

const FIELDS =
  'id topic partition offset timestamp reason detail receivedAt key keyBase64 valueBytes';

const LIST = `query($filter: DeadLetterFilter, $first: Int!, $after: String) {
  page: deadLetters(filter: $filter, first: $first, after: $after) {
    edges { node { ${FIELDS} } } ${PAGE_INFO} } }`;

export function addDeadLetterCommands(program: Command, terminal: TerminalInterface): void {
  const deadLetter = program
    .command('dead-letter')
    .description('records that could not become messages');
  addList(deadLetter, terminal);
  addShow(deadLetter, terminal);
  addDeadLetterRedriveCommand(deadLetter, terminal);
}

function addList(deadLetter: Command, terminal: TerminalInterface): void {
  const list = deadLetter
    .command('list')
    .description('list dead letters, newest first')
    .addOption(new Option('--reason <reason>', 'only these').choices(DEAD_LETTER_REASONS))
    .option('--topic <topic>', 'only those of this topic, named without KAFKA_TOPIC_PREFIX')
    .option('--received-after <time>', 'from then on', moment)
    .option('--received-before <time>', 'until then', moment)
    .option('--limit <number>', 'at most so many', limit, DEFAULT_LIMIT);
  reporting(list, terminal, ({ limit: most, ...filter }: ListOptions) =>
    withOperatorApi(terminal, {}, async (api) => {
      const { reason, topic, receivedAfter, receivedBefore } = filter;
      const variables = { filter: { reason, topic, receivedAfter, receivedBefore } };
      const found = await listPages<DeadLetterRow>(api, { document: LIST, variables, limit: most });
      const rows = found.map(withNumbers);
      const text = table(
        rows,
        [
          ['topic', (row) => row.topic],
          ['partition', (row) => row.partition],
          ['offset', (row) => row.offset],
          ['received', (row) => row.receivedAt],
          ['reason', (row) => row.reason],
          ['key', (row) => row.key ?? row.keyBase64],
          ['detail', (row) => row.detail],
        ],
        'There are no such dead letters.',
      );
      const more = rows.length === most ? `\n\nOnly the newest ${most}; --limit shows more.` : '';
      return { json: rows, text: `${text}${more}` };
    }),
  );
}

/** Programs that read the list have always got numbers here. */
const withNumbers = (row: DeadLetterRow) => ({
  ...row,
  id: Number(row.id),
  offset: Number(row.offset),
  timestamp: Number(row.timestamp),
});

function addShow(deadLetter: Command, terminal: TerminalInterface): void {
  const show = deadLetter
    .command('show')
    .description('show one dead letter')
    .requiredOption('--id <number>', 'as `dead-letter list --json` shows it', numberId)
    .option('--value', 'with the record itself, which may carry personal data');
  reporting(show, terminal, ({ id, value }: ShowOptions) =>
    withOperatorApi(terminal, {}, async (api) => {
      const document = `query($id: ID!) { deadLetter(id: $id) { ${FIELDS} redrivenAt redrivenBy
        headers { name value } ${value ? 'value valueBase64' : ''} } }`;
      const answer = await api.execute<{ deadLetter: ShownDeadLetter }>(document, { id });
      const { headers, ...fields } = answer.deadLetter;
      const names = headers.map((header) => header.name);
      const cells = { ...(fields as Readonly<Record<string, Cell>>), headers: names };
      return { json: answer.deadLetter, text: record(cells) };
    }),
  );
}
