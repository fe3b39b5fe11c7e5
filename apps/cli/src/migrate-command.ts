import { grantServiceRole, migrate } from '@app/database';
import type { Command } from 'commander';
import { withUnmigratedDatabase } from './database-session.js';
import { reporting } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface MigrateOptions {
  readonly grantTo?: string;
}

/** For those who keep DATABASE_MIGRATE off, so that the schema changes only when they say so. */
export function addMigrateCommand(program: Command, terminal: TerminalInterface): void {
  const command = program
    .command('migrate')
    .description('bring the schema of the database up to date, whatever DATABASE_MIGRATE says');
  command.option(
    '--grant-to <role>',
    'let this role of the database run the service: rows and functions, nothing of its own',
  );
  reporting(command, terminal, ({ grantTo }: MigrateOptions) =>
    withUnmigratedDatabase(terminal, async ({ dataSource }) => {
      const applied = await migrate(dataSource);
      if (grantTo !== undefined) await grantServiceRole(dataSource, grantTo);
      const lines =
        applied.length === 0
          ? ['The schema is up to date.']
          : applied.map((name) => `applied ${name}`);
      if (grantTo !== undefined) {
        lines.push(`${grantTo} may run the service; give it DATABASE_MIGRATE=false.`);
      }
      return {
        json: { applied, ...(grantTo !== undefined && { grantTo }) },
        text: lines.join('\n'),
      };
    }),
  );
}
