import { ApplicationsOverviewQuery, ApplicationsStore, OwnerStatusStore } from '@app/applications';
import { type Command, Option } from 'commander';
import { addApplicationSecretCommands } from './application-secret-commands.js';
import { addSigningKeyCommands } from './application-signing-key-commands.js';
import { callbackUrl } from './callback-url-option.js';
import { cipherOf, withDatabase } from './database-session.js';
import { inFlightEnded } from './in-flight-wait.js';
import { label, scopes } from './option-values.js';
import { counted, record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface CreateOptions {
  readonly name: string;
  readonly type: 'PRIVATE' | 'PUBLIC';
  readonly scopes: readonly string[];
  readonly callbackUrl?: string;
}

interface ClientIdOptions {
  readonly clientId: string;
}

const SHOWN_ONCE =
  'The client secret is shown this once and cannot be read again. It signs what is delivered: ' +
  'give it to those who verify signatures.';

export function addApplicationCommands(program: Command, terminal: TerminalInterface): void {
  const application = program.command('application').description('applications and their secrets');
  addCreate(application, terminal);
  addList(application, terminal);
  addSuspend(application, terminal);
  addResume(application, terminal);
  addApplicationSecretCommands(application, terminal);
  addSigningKeyCommands(application, terminal);
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
    .option('--scopes <scopes>', 'what it may do, separated by commas', scopes, [
      'edit_integrations',
      'view_integrations',
    ])
    .option('--callback-url <url>', 'where its users come back to', callbackUrl);
  reporting(create, terminal, (options: CreateOptions) =>
    withDatabase(terminal, async ({ dataSource, configuration }) => {
      const { name, type, scopes: granted, callbackUrl: url } = options;
      const store = new ApplicationsStore(dataSource, cipherOf(configuration));
      const created = await store.createApplication({
        name,
        type,
        scopes: granted,
        callbackUrl: url,
      });
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

function addSuspend(application: Command, terminal: TerminalInterface): void {
  const suspend = application
    .command('suspend')
    .description('stop an application everywhere; its events are queued and kept')
    .requiredOption('--client-id <id>', 'of the application', label);
  reporting(suspend, terminal, ({ clientId }: ClientIdOptions) =>
    withDatabase(terminal, async (session) => {
      const store = new OwnerStatusStore(session.dataSource);
      const { changed, queueIds } = await store.suspend(clientId);
      await inFlightEnded(session, terminal, { queueIds });
      const outcome = {
        clientId,
        status: 'SUSPENDED',
        changed,
        queues: changed ? queueIds.length : 0,
      };
      const sentence = changed
        ? `${counted(queueIds.length, 'queue')} stopped: nothing more is sent and every token is ` +
          'refused. Events go on being queued until `application resume`.'
        : 'It was suspended already: nothing was done.';
      return { json: outcome, text: record(outcome, sentence) };
    }),
  );
}

function addResume(application: Command, terminal: TerminalInterface): void {
  const resume = application
    .command('resume')
    .description('let a suspended application go on; what was queued is delivered in order')
    .requiredOption('--client-id <id>', 'of the application', label);
  reporting(resume, terminal, ({ clientId }: ClientIdOptions) =>
    withDatabase(terminal, async ({ dataSource }) => {
      const { changed, queueIds } = await new OwnerStatusStore(dataSource).resume(clientId);
      const outcome = {
        clientId,
        status: 'ACTIVE',
        changed,
        queues: changed ? queueIds.length : 0,
      };
      const sentence = changed
        ? `${counted(queueIds.length, 'queue')} resumed: what was queued is delivered in order.`
        : 'It was not suspended: nothing was done.';
      return { json: outcome, text: record(outcome, sentence) };
    }),
  );
}
