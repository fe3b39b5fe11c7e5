import { OPERATOR_ROLES, type OperatorRole, OperatorTokensStore } from '@app/operations';
import { type Command, Option } from 'commander';
import { withDatabase } from './database-session.js';
import { milliseconds } from './duration-option.js';
import { label, uuid } from './option-values.js';
import { record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface CreateOptions {
  readonly name: string;
  readonly role: OperatorRole;
  readonly expiresIn?: number;
}

interface RevokeOptions {
  readonly name?: string;
  readonly id?: string;
}

const SHOWN_ONCE = 'The token is shown this once and cannot be read again.';

/** Who may call the operator API. Always on the database: who has that needs no token. */
export function addOperatorCommands(program: Command, terminal: TerminalInterface): void {
  const operator = program.command('operator').description('tokens of the operator API');
  addCreate(operator, terminal);
  addList(operator, terminal);
  addRevoke(operator, terminal);
}

function addCreate(operator: Command, terminal: TerminalInterface): void {
  const create = operator
    .command('create')
    .description('give somebody a token of the operator API, shown once')
    .requiredOption('--name <name>', 'whose it is; the audit log names it', label)
    .addOption(
      new Option('--role <role>', 'viewers see, operators also act')
        .choices(OPERATOR_ROLES)
        .makeOptionMandatory(),
    )
    .option('--expires-in <duration>', 'such as 12h or 90d (default: when revoked)', milliseconds);
  reporting(create, terminal, ({ name, role, expiresIn }: CreateOptions) =>
    withDatabase(terminal, async ({ dataSource }) => {
      const store = new OperatorTokensStore(dataSource);
      const { id, token, createdAt, expiresAt } = await store.create({
        name,
        role,
        expiresInMs: expiresIn,
      });
      const created = { id, name, role, token, createdAt, expiresAt };
      return { json: created, text: record(created, SHOWN_ONCE) };
    }),
  );
}

function addList(operator: Command, terminal: TerminalInterface): void {
  const list = operator.command('list').description('list operator tokens, without the tokens');
  reporting(list, terminal, () =>
    withDatabase(terminal, async ({ dataSource }) => {
      const rows = await new OperatorTokensStore(dataSource).list();
      const text = table(
        rows,
        [
          ['id', (row) => row.id],
          ['name', (row) => row.name],
          ['role', (row) => row.role],
          ['status', (row) => row.status],
          ['created', (row) => row.createdAt],
          ['expires', (row) => row.expiresAt],
          ['revoked', (row) => row.revokedAt],
        ],
        'There are no operator tokens.',
      );
      return { json: rows, text };
    }),
  );
}

function addRevoke(operator: Command, terminal: TerminalInterface): void {
  const revoke = operator
    .command('revoke')
    .description('end a token; it is refused from its next request on')
    .addOption(new Option('--name <name>', 'whose').argParser(label).conflicts('id'))
    .option('--id <id>', 'which, as `operator list` shows it', uuid);
  reporting(revoke, terminal, ({ name, id }: RevokeOptions) => {
    const which = id === undefined ? name && { name } : { id };
    if (!which) return revoke.error("error: one of '--name <name>' and '--id <id>' is needed");
    return withDatabase(terminal, async ({ dataSource }) => {
      const revoked = await new OperatorTokensStore(dataSource).revoke(which);
      const outcome = { id: revoked.id, name: revoked.name, revokedAt: revoked.revokedAt };
      return { json: outcome, text: record(outcome, 'It is refused from now on.') };
    });
  });
}
