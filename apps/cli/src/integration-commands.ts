import { ApplicationsOverviewQuery, ApplicationsStore, OwnerStatusStore } from '@app/applications';
import type { Command } from 'commander';
import { cipherOf, withDatabase } from './database-session.js';
import { inFlightEnded } from './in-flight-wait.js';
import { label, organizationId, scopes, uuid } from './option-values.js';
import { counted, record, reporting, table } from './report.js';
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

interface IdOptions {
  readonly id: string;
}

const SHOWN_ONCE = 'The token is shown this once and cannot be read again.';

export function addIntegrationCommands(program: Command, terminal: TerminalInterface): void {
  const integration = program
    .command('integration')
    .description('installations of applications in organizations');
  addInstall(integration, terminal);
  addList(integration, terminal);
  addRotateToken(integration, terminal);
  addUninstall(integration, terminal);
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
      const installed = await new ApplicationsStore(
        dataSource,
        cipherOf(configuration),
      ).installIntegration({
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

function addRotateToken(integration: Command, terminal: TerminalInterface): void {
  const rotate = integration
    .command('rotate-token')
    .description('give an integration a new token, shown once; the former one ends now')
    .requiredOption('--id <id>', 'of the integration', uuid);
  reporting(rotate, terminal, ({ id }: IdOptions) =>
    withDatabase(terminal, async ({ dataSource, configuration }) => {
      const store = new ApplicationsStore(dataSource, cipherOf(configuration));
      const rotated = await store.rotateToken(id);
      const text = record(rotated, SHOWN_ONCE, 'The former token is refused from now on.');
      return { json: rotated, text };
    }),
  );
}

function addUninstall(integration: Command, terminal: TerminalInterface): void {
  const uninstall = integration
    .command('uninstall')
    .description('end an integration for good; its webhooks are removed')
    .requiredOption('--id <id>', 'of the integration', uuid);
  reporting(uninstall, terminal, ({ id }: IdOptions) =>
    withDatabase(terminal, async (session) => {
      const { queueIds } = await new OwnerStatusStore(session.dataSource).uninstall(id);
      await inFlightEnded(session, terminal, { queueIds });
      const outcome = { integrationId: id, status: 'UNINSTALLED', queues: queueIds.length };
      const sentence =
        `${counted(queueIds.length, 'queue')} ended: the webhooks were removed, queued messages are ` +
        'discarded, and the token is refused.';
      const client = 'One of them is of its OAuth client, which may not act there any more.';
      const sentences = queueIds.length > 1 ? [sentence, client] : [sentence];
      return { json: outcome, text: record(outcome, ...sentences) };
    }),
  );
}
