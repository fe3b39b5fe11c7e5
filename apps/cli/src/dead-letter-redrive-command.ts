import { DEAD_LETTER_REASONS, type DeadLetterReason } from '@app/events';
import { type Command, Option } from 'commander';
import { actionInput, type ActionOptions, addActionOptions } from './action-options.js';
import { withOperatorApi } from './operator-api/with-operator-api.js';
import { label, moment, numberId } from './option-values.js';
import { counted, record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface RedriveOptions extends ActionOptions {
  readonly id?: string;
  readonly topic?: string;
  readonly deadReason?: DeadLetterReason;
  readonly receivedAfter?: string;
  readonly receivedBefore?: string;
}

interface RedrivePayload {
  readonly dryRun: boolean;
  readonly repeated: boolean;
  readonly redriven: number;
  readonly messages: number | null;
  readonly stillDead: readonly {
    readonly id: string;
    readonly reason: string;
    readonly detail: string;
  }[];
  readonly stillDeadCount: number;
  readonly remaining: number;
}

const DOCUMENT = `mutation($input: RedriveDeadLettersInput!) { payload: redriveDeadLetters(input: $input) {
  dryRun repeated redriven messages stillDead { id reason detail } stillDeadCount remaining } }`;

export function addDeadLetterRedriveCommand(
  deadLetter: Command,
  terminal: TerminalInterface,
): void {
  const redrive = deadLetter
    .command('redrive')
    .description('try dead letters once more, oldest first; those of before stay left out')
    .option('--id <number>', 'only this one, as `dead-letter list --json` shows it', numberId)
    .option('--topic <topic>', 'only those of this topic', label)
    .addOption(
      new Option('--dead-reason <reason>', 'only those that are dead for it').choices(
        DEAD_LETTER_REASONS,
      ),
    )
    .option('--received-after <time>', 'from then on', moment)
    .option('--received-before <time>', 'until then', moment);
  addActionOptions(redrive);
  reporting(redrive, terminal, (options: RedriveOptions) => {
    const { id, topic, deadReason: reason, receivedAfter, receivedBefore } = options;
    const select = { id, topic, reason, receivedAfter, receivedBefore };
    if (Object.values(select).every((value) => value === undefined)) {
      return redrive.error('error: say which: --id, --topic, --dead-reason or a time');
    }
    return withOperatorApi(terminal, options, async (api) => {
      const variables = { input: { select, ...actionInput(options) } };
      const { payload } = await api.execute<{ payload: RedrivePayload }>(DOCUMENT, variables);
      return { json: payload, text: textOf(payload) };
    });
  });
}

function textOf(payload: RedrivePayload): string {
  const { dryRun, repeated, redriven, messages, stillDead, stillDeadCount, remaining } = payload;
  const became = messages === null ? '' : `, ${counted(messages, 'message')} in queues`;
  return record(
    { redriven, messages, stillDeadCount, remaining },
    ...(dryRun ? ['A dry run: nothing was done. This is what would happen:'] : []),
    ...(repeated ? ['A request with this id was made before: this is its answer.'] : []),
    `${counted(redriven, 'record')} redriven${became}.`,
    ...(stillDead.length > 0 ? [stillDeadTable(stillDead)] : []),
    ...(remaining > 0 ? ['There are more: run it again for those that remain.'] : []),
  );
}

const stillDeadTable = (rows: RedrivePayload['stillDead']): string =>
  table(
    rows,
    [
      ['still dead', (row) => row.id],
      ['reason', (row) => row.reason],
      ['detail', (row) => row.detail],
    ],
    '',
  );
