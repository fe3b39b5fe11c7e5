import { migrate } from '@app/database';
import type { Command } from 'commander';
import { withUnmigratedDatabase } from './database-session.js';
import { reporting } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

/** For those who keep DATABASE_MIGRATE off, so that the schema changes only when they say so. */
export function addMigrateCommand(program: Command, terminal: TerminalInterface): void {
  const command = program
    .command('migrate')
    .description('bring the schema of the database up to date, whatever DATABASE_MIGRATE says');
  reporting(command, terminal, () =>
    withUnmigratedDatabase(terminal, async ({ dataSource }) => {
      const applied = await migrate(dataSource);
      const text =
        applied.length === 0
          ? 'The schema is up to date.'
          : applied.map((name) => `applied ${name}`).join('\n');
      return { json: { applied }, text };
    }),
  );
}
