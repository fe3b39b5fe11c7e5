import {
  ApplicationNotFoundError,
  OauthClientsOverviewQuery,
  OauthClientsStore,
  OauthTokensStore,
  TokenBearerQuery,
} from '@app/applications';
import type { Command } from 'commander';
import { type DatabaseSession, withDatabase } from './database-session.js';
import { inFlightEnded } from './in-flight-wait.js';
import { label, organizationId } from './option-values.js';
import { counted, record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface PlaceOptions {
  readonly clientId: string;
  readonly organization: string;
}

interface ListOptions {
  readonly clientId?: string;
  readonly organization?: string;
}

interface RevokeOptions {
  readonly clientId: string;
  readonly organization?: string;
}

export function addClientCommands(program: Command, terminal: TerminalInterface): void {
  const client = program
    .command('client')
    .description('OAuth clients: applications that act in an organization by access tokens');
  addAllow(client, terminal);
  addDisallow(client, terminal);
  addList(client, terminal);
  addRevokeTokens(client, terminal);
}

function addAllow(client: Command, terminal: TerminalInterface): void {
  const allow = client
    .command('allow')
    .description('let a PRIVATE application act in an organization without being installed there')
    .requiredOption('--client-id <id>', 'of the application', label)
    .requiredOption('--organization <id>', 'where it may act', organizationId);
  reporting(allow, terminal, ({ clientId, organization }: PlaceOptions) =>
    withDatabase(terminal, async ({ dataSource }) => {
      const changed = await new OauthClientsStore(dataSource).allow(clientId, organization);
      const outcome = { clientId, organizationId: organization, allowed: true, changed };
      const sentence = changed
        ? 'The token endpoint gives it access tokens of this organization.'
        : 'It was allowed already: nothing was done.';
      return { json: outcome, text: record(outcome, sentence) };
    }),
  );
}

function addDisallow(client: Command, terminal: TerminalInterface): void {
  const disallow = client
    .command('disallow')
    .description('take that right back; unless it is installed there its webhooks are removed')
    .requiredOption('--client-id <id>', 'of the application', label)
    .requiredOption('--organization <id>', 'where it may not act any more', organizationId);
  reporting(disallow, terminal, ({ clientId, organization }: PlaceOptions) =>
    withDatabase(terminal, async (session) => {
      const store = new OauthClientsStore(session.dataSource);
      const { changed, queueIds } = await store.disallow(clientId, organization);
      await inFlightEnded(session, terminal, { queueIds });
      const installed = await isInstalled(session, clientId, organization);
      const outcome = {
        clientId,
        organizationId: organization,
        allowed: false,
        changed,
        installed,
        queues: queueIds.length,
      };
      return { json: outcome, text: record(outcome, disallowed(changed, installed)) };
    }),
  );
}

function disallowed(changed: boolean, installed: boolean): string {
  if (!changed) return 'It was not on the list: nothing was done.';
  return installed
    ? 'It is still installed there and may go on: `integration uninstall` ends that.'
    : 'Its tokens of this organization are refused, its webhooks there are removed, and what they ' +
        'had queued is discarded.';
}

async function isInstalled(
  { dataSource }: DatabaseSession,
  clientId: string,
  organization: string,
): Promise<boolean> {
  const query = new OauthClientsOverviewQuery(dataSource);
  const [place] = await query.execute({ clientId, organizationId: organization });
  return place?.installed ?? false;
}

function addList(client: Command, terminal: TerminalInterface): void {
  const list = client
    .command('list')
    .description('list where applications may act as OAuth clients, or have done so')
    .option('--client-id <id>', 'only of this application', label)
    .option('--organization <id>', 'only in this organization', organizationId);
  reporting(list, terminal, ({ clientId, organization }: ListOptions) =>
    withDatabase(terminal, async ({ dataSource }) => {
      const query = new OauthClientsOverviewQuery(dataSource);
      const rows = await query.execute({ clientId, organizationId: organization });
      const text = table(
        rows,
        [
          ['integration', (row) => row.integrationId ?? '(no token yet)'],
          ['organization', (row) => row.organizationId],
          ['client id', (row) => row.clientId],
          ['allowed', (row) => (row.allowed ? 'yes' : 'no')],
          ['installed', (row) => (row.installed ? 'yes' : 'no')],
          ['webhooks', (row) => row.webhooks],
          ['last token', (row) => row.lastTokenAt],
        ],
        'There are no such OAuth clients.',
      );
      return { json: rows, text };
    }),
  );
}

function addRevokeTokens(client: Command, terminal: TerminalInterface): void {
  const revoke = client
    .command('revoke-tokens')
    .description('refuse the access and refresh tokens that an application has')
    .requiredOption('--client-id <id>', 'of the application', label)
    .option('--organization <id>', 'only those of this organization', organizationId);
  reporting(revoke, terminal, ({ clientId, organization }: RevokeOptions) =>
    withDatabase(terminal, async ({ dataSource }) => {
      const application = await new TokenBearerQuery(dataSource).application(clientId);
      if (!application) throw new ApplicationNotFoundError(clientId);
      const store = new OauthTokensStore(dataSource);
      const revoked = await store.revoke(application.applicationId, organization);
      const outcome = { clientId, organizationId: organization ?? null, revoked };
      const sentence =
        `${counted(revoked, 'access token')}, each with its refresh token, refused from now on. ` +
        'The client secret still gets new ones: `application rotate-secret --overlap 0` or ' +
        '`application suspend` ends that.';
      return { json: outcome, text: record(outcome, sentence) };
    }),
  );
}
