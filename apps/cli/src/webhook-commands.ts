import { WEBHOOK_TYPES, type WebhookType } from '@app/events';
import { WebhookSubscriptionsStore } from '@app/subscriptions';
import type { Command } from 'commander';
import { customHeader } from './custom-header-option.js';
import { withDatabase } from './database-session.js';
import { inFlightEnded } from './in-flight-wait.js';
import { uuid } from './option-values.js';
import { record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';
import { assertDeliverable } from './webhook-refusal.js';
import { webhookType } from './webhook-type-option.js';

interface CreateOptions {
  readonly integration: string;
  readonly endpoint: string;
  readonly type?: WebhookType;
  readonly header?: Readonly<Record<string, string>>;
}

export function addWebhookCommands(program: Command, terminal: TerminalInterface): void {
  const webhook = program
    .command('webhook')
    .description('subscriptions of integrations and OAuth clients');
  addCreate(webhook, terminal);
  addRemove(webhook, terminal);
  addList(webhook, terminal);
}

function addCreate(webhook: Command, terminal: TerminalInterface): void {
  const create = webhook
    .command('create')
    .description('subscribe an endpoint to the events of an organization')
    .requiredOption(
      '--integration <id>',
      'whose queue delivers: an integration or an OAuth client',
      uuid,
    )
    .requiredOption('--endpoint <url>', 'where events are posted to')
    .option('--type <type>', 'only events of this type (default: every type)', webhookType)
    .option('--header <header>', "custom header 'Name: value'; may be repeated", customHeader)
    .addHelpText('after', `\nTypes:\n  ${WEBHOOK_TYPES.join('\n  ')}`);
  reporting(create, terminal, (options: CreateOptions) =>
    withDatabase(terminal, async ({ dataSource, configuration }) => {
      const { integration, endpoint, type = null, header = {} } = options;
      assertDeliverable(endpoint, header, configuration.delivery);
      const { id } = await new WebhookSubscriptionsStore(dataSource).create({
        integrationId: integration,
        type,
        endPoint: endpoint,
        headers: header,
      });
      return { json: { id }, text: record({ id }) };
    }),
  );
}

function addRemove(webhook: Command, terminal: TerminalInterface): void {
  const remove = webhook
    .command('remove')
    .description('remove a webhook; its queued messages are discarded')
    .requiredOption('--id <id>', 'of the webhook', uuid);
  reporting(remove, terminal, ({ id }: { readonly id: string }) =>
    withDatabase(terminal, async (session) => {
      const store = new WebhookSubscriptionsStore(session.dataSource);
      const { integrationId } = await store.remove(id);
      await inFlightEnded(session, terminal, { queueIds: [integrationId], webhookId: id });
      return { json: { id }, text: record({ id }, 'The webhook was removed.') };
    }),
  );
}

/** Of custom headers only the names are listed: their values are mostly credentials. */
function addList(webhook: Command, terminal: TerminalInterface): void {
  const list = webhook
    .command('list')
    .description('list the webhooks of an integration or an OAuth client')
    .requiredOption('--integration <id>', 'whose webhooks', uuid);
  reporting(list, terminal, ({ integration }: { readonly integration: string }) =>
    withDatabase(terminal, async ({ dataSource }) => {
      const webhooks = await new WebhookSubscriptionsStore(dataSource).list(integration);
      const rows = webhooks.map(({ headers, ...shown }) => ({
        ...shown,
        headerNames: Object.keys(headers),
      }));
      const text = table(
        rows,
        [
          ['webhook', (row) => row.id],
          ['type', (row) => row.type ?? '(every type)'],
          ['health', (row) => row.health],
          ['endpoint', (row) => row.endPoint],
          ['headers', (row) => row.headerNames],
        ],
        'The integration has no webhooks.',
      );
      return { json: rows, text };
    }),
  );
}
