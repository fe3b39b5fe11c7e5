import { ApplicationsOverviewQuery, ApplicationsStore, SecretCipher } from '@app/applications';
import type { Command } from 'commander';
import { withDatabase } from './database-session.js';
import { label, organizationId, scopes } from './option-values.js';
import { record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface InstallOptions {
  readonly clientId: string;
  readonly organization: string;
  readonly name?: string;
  readonly scopes?: readonly string[];
}

interface ListOptions {
  readonly organization?: string;
}

const SHOWN_ONCE = 'The token is shown this once and cannot be read again.';

export function addIntegrationCommands(program: Command, terminal: TerminalInterface): void {
  const integration = program
    .command('integration')
    .description('installations of applications in organizations');
  addInstall(integration, terminal);
  addList(integration, terminal);
}

function addInstall(integration: Command, terminal: TerminalInterface): void {
  const install = integration
    .command('install')
    .description('install an application in an organization; its token is shown once')
    .requiredOption('--client-id <id>', 'of the application', label)
    .requiredOption('--organization <id>', 'where it is installed', organizationId)
    .option('--name <name>', "what people call it (default: the application's name)", label)
    .option('--scopes <scopes>', "separated by commas (default: the application's)", scopes);
  reporting(install, terminal, (options: InstallOptions) =>
    withDatabase(terminal, async ({ dataSource, configuration }) => {
      const { current, secondary } = configuration.secretsKeys;
      const cipher = new SecretCipher(current, secondary);
      const installed = await new ApplicationsStore(dataSource, cipher).installIntegration({
        clientId: options.clientId,
        organizationId: options.organization,
        name: options.name,
        scopes: options.scopes,
      });
      return { json: installed, text: record(installed, SHOWN_ONCE) };
    }),
  );
}

function addList(integration: Command, terminal: TerminalInterface): void {
  const list = integration
    .command('list')
    .description('list integrations, without tokens')
    .option('--organization <id>', 'only those of this organization', organizationId);
  reporting(list, terminal, (options: ListOptions) =>
    withDatabase(terminal, async ({ dataSource }) => {
      const query = new ApplicationsOverviewQuery(dataSource);
      const rows = await query.integrations({ organizationId: options.organization });
      const text = table(
        rows,
        [
          ['integration', (row) => row.integrationId],
          ['organization', (row) => row.organizationId],
          ['client id', (row) => row.clientId],
          ['status', (row) => row.status],
          ['name', (row) => row.name],
          ['scopes', (row) => row.scopes],
        ],
        'There are no integrations.',
      );
      return { json: rows, text };
    }),
  );
}
