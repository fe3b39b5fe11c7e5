import { DEAD_LETTER_REASONS, type DeadLetterReason } from '@app/events';
import { DeadLettersQuery } from '@app/queue';
import { type Command, Option } from 'commander';
import { withDatabase } from './database-session.js';
import { limit } from './option-values.js';
import { reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface ListOptions {
  readonly reason?: DeadLetterReason;
  readonly topic?: string;
  readonly limit: number;
}

/** Some hundred bytes each: what a terminal and a program can take without asking for less. */
const DEFAULT_LIMIT = 1_000;

export function addDeadLetterCommands(program: Command, terminal: TerminalInterface): void {
  const deadLetter = program
    .command('dead-letter')
    .description('records that could not become messages');

  const list = deadLetter
    .command('list')
    .description('list dead letters, newest first')
    .addOption(new Option('--reason <reason>', 'only these').choices(DEAD_LETTER_REASONS))
    .option('--topic <topic>', 'only those of this topic, named without KAFKA_TOPIC_PREFIX')
    .option('--limit <number>', 'at most so many', limit, DEFAULT_LIMIT);
  reporting(list, terminal, (options: ListOptions) =>
    withDatabase(terminal, async ({ dataSource }) => {
      const { reason, topic, limit: most } = options;
      const rows = await new DeadLettersQuery(dataSource).execute({ reason, topic, limit: most });
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
