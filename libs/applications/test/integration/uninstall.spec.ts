import {
  ApplicationsStore,
  InstallationNotFoundError,
  OauthClientsStore,
  OwnerStatusStore,
  SecretCipher,
} from '@app/applications';
import { IntegrationNotFoundError, WebhookSubscriptionsStore } from '@app/subscriptions';
import {
  createTestDatabase,
  seedIntegration,
  seedWebhook,
  TEST_SECRETS_KEY,
  type SeededIntegration,
  type TestDatabase,
} from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let database: TestDatabase;
let dataSource: DataSource;
let owners: OwnerStatusStore;
let clients: OauthClientsStore;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  owners = new OwnerStatusStore(dataSource);
  clients = new OauthClientsStore(dataSource);
});
afterAll(() => database?.drop());

/** A data source whose sessions carry the name, so that a spec can watch them wait. */
const named = (applicationName: string) => database.dataSource(undefined, { applicationName });

async function clientOf({ applicationId, organizationId }: SeededIntegration): Promise<string> {
  const id = await clients.ensure(applicationId, organizationId);
  if (id === undefined) throw new Error('no client');
  return id;
}

async function activeWebhooks(integrationId: string): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    'SELECT id FROM integration_webhook WHERE integration_id = $1 AND removed_at IS NULL',
    [integrationId],
  );
  return rows.map((row) => row.id);
}

async function isWithdrawn(oauthClientId: string): Promise<boolean> {
  const { withdrawn } = await database.one<{ withdrawn: boolean }>(
    'SELECT withdrawn_at IS NOT NULL AS withdrawn FROM oauth_client WHERE id = $1',
    [oauthClientId],
  );
  return withdrawn;
}

const NEW_WEBHOOK = { type: null, endPoint: 'https://receiver.example/', headers: {} } as const;

describe('an installation that is ended', () => {
  it('loses its webhooks and, where it gave the right to act, those of the OAuth client', async () => {
    const integration = await seedIntegration(dataSource);
    const { integrationId } = integration;
    const clientId = await clientOf(integration);
    for (const type of [null, 'order/created'] as const) {
      await seedWebhook(dataSource, { integrationId, type });
      await seedWebhook(dataSource, { integrationId: clientId, type });
    }
    expect(await owners.uninstall(integrationId)).toEqual({
      changed: true,
      queueIds: [integrationId, clientId],
    });
    expect(await activeWebhooks(integrationId)).toEqual([]);
    expect(await activeWebhooks(clientId)).toEqual([]);
    expect(await isWithdrawn(clientId)).toBe(true);
    const subscriptions = new WebhookSubscriptionsStore(dataSource);
    for (const id of [integrationId, clientId]) {
      const creating = subscriptions.create({ integrationId: id, ...NEW_WEBHOOK });
      await expect(creating).rejects.toBeInstanceOf(IntegrationNotFoundError);
    }
  });

  it('does not touch what is another organization’s or application’s', async () => {
    const integration = await seedIntegration(dataSource);
    const elsewhere = await new ApplicationsStore(
      dataSource,
      new SecretCipher(TEST_SECRETS_KEY),
    ).installIntegration({ clientId: integration.clientId, organizationId: 'elsewhere' });
    const other = await seedIntegration(dataSource, {
      organizationId: integration.organizationId,
    });
    const clientElsewhere = await clientOf({ ...integration, organizationId: 'elsewhere' });
    const otherClient = await clientOf(other);
    const ids = [elsewhere.integrationId, other.integrationId, clientElsewhere, otherClient];
    for (const integrationId of ids) await seedWebhook(dataSource, { integrationId });
    await owners.uninstall(integration.integrationId);
    for (const id of ids) expect(await activeWebhooks(id)).toHaveLength(1);
    expect(await isWithdrawn(clientElsewhere)).toBe(false);
    expect(await isWithdrawn(otherClient)).toBe(false);
  });

  it.each<[string, (integration: SeededIntegration) => Promise<unknown>]>([
    [
      'an operator has allowed it',
      ({ clientId, organizationId }) => clients.allow(clientId, organizationId),
    ],
    [
      'it is installed there a second time',
      ({ clientId, organizationId }) =>
        new ApplicationsStore(dataSource, new SecretCipher(TEST_SECRETS_KEY)).installIntegration({
          clientId,
          organizationId,
        }),
    ],
  ])('leaves the OAuth client alone where %s', async (_, entitle) => {
    const integration = await seedIntegration(dataSource);
    const clientId = await clientOf(integration);
    await entitle(integration);
    const webhookId = await seedWebhook(dataSource, { integrationId: clientId });
    const { queueIds } = await owners.uninstall(integration.integrationId);
    expect(queueIds).toEqual([integration.integrationId]);
    expect(await isWithdrawn(clientId)).toBe(false);
    expect(await activeWebhooks(clientId)).toEqual([webhookId]);
  });

  it('has its blocked queue asked to go on, so that what is queued is discarded', async () => {
    const { integrationId } = await seedIntegration(dataSource);
    const { integrationId: other } = await seedIntegration(dataSource);
    for (const id of [integrationId, other]) {
      const webhookId = await seedWebhook(dataSource, { integrationId: id });
      await database.query(
        `SELECT * FROM enqueue_messages(ARRAY[$1::uuid], ARRAY[gen_random_uuid()], ARRAY[$2::uuid],
           ARRAY['order/created'], ARRAY[0], ARRAY[0::bigint], ARRAY['{}'::bytea])`,
        [id, webhookId],
      );
    }
    await database.query(
      `UPDATE integration_queue SET status = 'BLOCKED', blocked_at = clock_timestamp(), due_at = 'infinity'
       WHERE queue_id = ANY ($1)`,
      [[integrationId, other]],
    );
    await owners.uninstall(integrationId);
    const asked = await database.query(
      `SELECT queue_id FROM integration_queue WHERE queue_id = ANY ($1) AND due_at = '-infinity'`,
      [[integrationId, other]],
    );
    expect(asked).toEqual([{ queue_id: integrationId }]);
  });

  it('cannot be ended twice, also not by two at the same time', async () => {
    const { integrationId } = await seedIntegration(dataSource);
    const ended = await Promise.allSettled([
      owners.uninstall(integrationId),
      owners.uninstall(integrationId),
    ]);
    expect(ended.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    const again = owners.uninstall(integrationId);
    await expect(again).rejects.toBeInstanceOf(InstallationNotFoundError);
  });
});

describe('a webhook that is created while its installation is ended', () => {
  it.each(['installation', 'OAuth client'])(
    'of the %s is refused, where the end was first',
    async (kind) => {
      const integration = await seedIntegration(dataSource);
      const clientId = await clientOf(integration);
      const integrationId = kind === 'installation' ? integration.integrationId : clientId;
      // Holds up the end where all rows of the owner are its own already.
      const session = await database.connect();
      await session.query('BEGIN');
      await session.query('SELECT FROM integration_queue WHERE queue_id = $1 FOR NO KEY UPDATE', [
        integration.integrationId,
      ]);
      const ending = new OwnerStatusStore(await named(`ends ${kind}`));
      const ended = ending.uninstall(integration.integrationId);
      await database.waitingForLock(`ends ${kind}`);
      const creating = new WebhookSubscriptionsStore(await named(`creates for ${kind}`)).create({
        integrationId,
        ...NEW_WEBHOOK,
      });
      creating.catch(() => undefined);
      await database.waitingForLock(`creates for ${kind}`);
      await session.query('COMMIT');
      await ended;
      await expect(creating).rejects.toBeInstanceOf(IntegrationNotFoundError);
      expect(await activeWebhooks(integrationId)).toEqual([]);
    },
  );

  it.each(['installation', 'OAuth client'])(
    'of the %s is removed again, where it was first',
    async (kind) => {
      const integration = await seedIntegration(dataSource);
      const clientId = await clientOf(integration);
      const integrationId = kind === 'installation' ? integration.integrationId : clientId;
      // Holds up the creation at its last step: the version of the organization's subscriptions.
      await seedWebhook(dataSource, { integrationId, type: 'order/created' });
      const session = await database.connect();
      await session.query('BEGIN');
      await session.query(
        'SELECT FROM organization_subscriptions WHERE organization_id = $1 FOR UPDATE',
        [integration.organizationId],
      );
      const store = new WebhookSubscriptionsStore(await named(`created first for ${kind}`));
      const creating = store.create({ integrationId, ...NEW_WEBHOOK });
      await database.waitingForLock(`created first for ${kind}`);
      const ending = new OwnerStatusStore(await named(`ends second ${kind}`));
      const ended = ending.uninstall(integration.integrationId);
      await database.waitingForLock(`ends second ${kind}`);
      await session.query('COMMIT');
      const { id } = await creating;
      await ended;
      expect(await activeWebhooks(integrationId)).toEqual([]);
      const created = await database.query('SELECT FROM integration_webhook WHERE id = $1', [id]);
      expect(created).toHaveLength(1);
    },
  );
});

describe('two rights of an OAuth client that end at the same time', () => {
  it('leave it none: the installation’s and the list’s', async () => {
    const integration = await seedIntegration(dataSource);
    const clientId = await clientOf(integration);
    await clients.allow(integration.clientId, integration.organizationId);
    await seedWebhook(dataSource, { integrationId: clientId });
    const session = await database.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM integration_queue WHERE queue_id = $1 FOR NO KEY UPDATE', [
      integration.integrationId,
    ]);
    const owner = new OwnerStatusStore(await named('ends the installation'));
    const ended = owner.uninstall(integration.integrationId);
    await database.waitingForLock('ends the installation');
    const disallowed = new OauthClientsStore(await named('takes from the list')).disallow(
      integration.clientId,
      integration.organizationId,
    );
    // Either it waits for the other one, or it is done: in both cases it has judged by itself.
    await Promise.race([database.waitingForLock('takes from the list'), disallowed]);
    await session.query('COMMIT');
    await Promise.all([ended, disallowed]);
    expect(await isWithdrawn(clientId)).toBe(true);
    expect(await activeWebhooks(clientId)).toEqual([]);
  });
});
