import { ApplicationsOverviewQuery, ApplicationsStore, SecretCipher } from '@app/applications';
import { type Command, Option } from 'commander';
import { withDatabase } from './database-session.js';
import { label, scopes } from './option-values.js';
import { record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface CreateOptions {
  readonly name: string;
  readonly type: 'PRIVATE' | 'PUBLIC';
  readonly scopes: readonly string[];
}

const SHOWN_ONCE =
  'The client secret is shown this once and cannot be read again. It signs what is delivered: ' +
  'give it to those who verify signatures.';

export function addApplicationCommands(program: Command, terminal: TerminalInterface): void {
  const application = program.command('application').description('applications and their secrets');
  addCreate(application, terminal);
  addList(application, terminal);
}

function addCreate(application: Command, terminal: TerminalInterface): void {
  const create = application
    .command('create')
    .description('create an application; its client secret is shown once')
    .requiredOption('--name <name>', 'what people call it', label)
    .addOption(
      new Option('--type <type>', 'who may install it')
        .choices(['PRIVATE', 'PUBLIC'])
        .default('PRIVATE'),
    )
    .option('--scopes <scopes>', 'what it may do, separated by commas', scopes, []);
  reporting(create, terminal, (options: CreateOptions) =>
    withDatabase(terminal, async ({ dataSource, configuration }) => {
      const { current, secondary } = configuration.secretsKeys;
      const cipher = new SecretCipher(current, secondary);
      const { name, type, scopes: granted } = options;
      const store = new ApplicationsStore(dataSource, cipher);
      const created = await store.createApplication({ name, type, scopes: granted });
      return { json: created, text: record(created, SHOWN_ONCE) };
    }),
  );
}

function addList(application: Command, terminal: TerminalInterface): void {
  const list = application.command('list').description('list applications, without secrets');
  reporting(list, terminal, () =>
    withDatabase(terminal, async ({ dataSource }) => {
      const rows = await new ApplicationsOverviewQuery(dataSource).applications();
      const text = table(
        rows,
        [
          ['application', (row) => row.applicationId],
          ['client id', (row) => row.clientId],
          ['type', (row) => row.type],
          ['status', (row) => row.status],
          ['integrations', (row) => row.integrations],
          ['name', (row) => row.name],
          ['scopes', (row) => row.scopes],
        ],
        'There are no applications.',
      );
      return { json: rows, text };
    }),
  );
}
