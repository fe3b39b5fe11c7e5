import { randomUUID } from 'node:crypto';
import { OauthClientsStore, OwnerStatusStore } from '@app/applications';
import { IngestStore } from '@app/queue';
import {
  IntegrationNotFoundError,
  IntegrationType,
  WebhookNotFoundError,
  WebhookOwnerMismatchError,
  WebhookSubscriptionsStore,
  type WebhookOwner,
} from '@app/subscriptions';
import {
  createTestDatabase,
  seedIntegration,
  seedWebhook,
  type SeededIntegration,
  type TestDatabase,
} from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let database: TestDatabase;
let dataSource: DataSource;
let store: WebhookSubscriptionsStore;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  store = new WebhookSubscriptionsStore(dataSource);
});
afterAll(() => database?.drop());

const END_POINT = 'https://receiver.example/hook';

const ownerOf = (integrationId: string): WebhookOwner => ({
  integrationId,
  integrationType: IntegrationType.INTEGRATION,
});

async function oauthClientOf({ applicationId, organizationId }: SeededIntegration) {
  const integrationId = await new OauthClientsStore(dataSource).ensure(
    applicationId,
    organizationId,
  );
  if (integrationId === undefined) throw new Error('no client');
  return { integrationId, integrationType: IntegrationType.OAUTH_CLIENT };
}

async function scene() {
  const integration = await seedIntegration(dataSource);
  const { integrationId } = integration;
  const headers = { 'X-B': '1', 'x-a': '2' };
  const id = await seedWebhook(dataSource, { integrationId, endPoint: END_POINT, headers });
  return { ...integration, id, headers, owner: ownerOf(integrationId) };
}

/** What is never an id of ours. */
const GARBAGE = [
  '',
  'x',
  "'; drop table integration_webhook; --",
  '\u0000',
  '%',
  '00000000-0000-4000-8000-00000000000g',
  '{00000000-0000-4000-8000-000000000000}',
  '00000000-0000-4000-8000-000000000000\n',
];

const NOTHING = { endPoint: undefined, headers: undefined };

const stored = (id: string) =>
  database.one<{ end_point: string; headers: Record<string, string>; removed: boolean }>(
    'SELECT end_point, headers, removed_at IS NOT NULL AS removed FROM integration_webhook WHERE id = $1',
    [id],
  );

describe('a subscription that is changed', () => {
  it('keeps what is left out', async () => {
    const { id, integrationId, headers, owner } = await scene();
    const endPoint = 'https://elsewhere.example/';
    const moved = await store.update(id, { endPoint }, owner);
    expect(moved).toEqual({
      id,
      integrationId,
      type: null,
      endPoint,
      headers,
      health: 'HEALTHY',
      createdAt: expect.any(Date),
    });
    expect(await store.list(integrationId)).toEqual([moved]);
    const others = { b: 'ä', A: '"' };
    expect(await store.update(id, { headers: others }, owner)).toEqual({
      ...moved,
      headers: others,
    });
    expect(Object.keys((await stored(id)).headers)).toEqual(['b', 'A']);
    expect(await store.update(id, { headers: {} }, owner)).toEqual({ ...moved, headers: {} });
    expect(await store.update(id, NOTHING, owner)).toEqual({ ...moved, headers: {} });
  });

  it('is no other, and no removed one', async () => {
    const { id, owner, headers } = await scene();
    const other = await scene();
    await store.update(other.id, { endPoint: 'https://b.example/' }, other.owner);
    expect(await stored(id)).toEqual({ end_point: END_POINT, headers, removed: false });
    await store.remove(id, owner);
    const updating = store.update(id, { endPoint: 'https://b.example/' }, owner);
    await expect(updating).rejects.toBeInstanceOf(WebhookNotFoundError);
    expect(await stored(id)).toEqual({ end_point: END_POINT, headers, removed: true });
  });
});

describe('who may change, remove or take up a subscription', () => {
  it('is its integration alone, in the kind of which it was created', async () => {
    const { id, owner, headers, ...integration } = await scene();
    const other = await scene();
    const client = await oauthClientOf(integration);
    const strangers: WebhookOwner[] = [
      other.owner,
      client,
      { ...owner, integrationType: IntegrationType.OAUTH_CLIENT },
      { ...client, integrationType: IntegrationType.INTEGRATION },
      { ...owner, integrationId: randomUUID() },
    ];
    for (const stranger of strangers) {
      const removing = store.remove(id, stranger);
      await expect(removing).rejects.toBeInstanceOf(WebhookOwnerMismatchError);
      const updating = store.update(id, { endPoint: 'https://evil.example/' }, stranger);
      await expect(updating).rejects.toBeInstanceOf(WebhookOwnerMismatchError);
      await expect(store.owned(id, stranger)).rejects.toBeInstanceOf(WebhookOwnerMismatchError);
    }
    expect(await store.owned(id, owner)).toMatchObject({ id, endPoint: END_POINT, headers });
    expect(await stored(id)).toEqual({ end_point: END_POINT, headers, removed: false });
    expect(await store.remove(id, owner)).toMatchObject({ id, endPoint: END_POINT });
    expect((await stored(id)).removed).toBe(true);
  });

  it('is found by ids in capitals as well', async () => {
    const { id, owner } = await scene();
    expect(await store.owned(id.toUpperCase(), owner)).toMatchObject({ id });
    expect(await store.remove(id.toUpperCase(), owner)).toMatchObject({ id });
  });

  it.each([...GARBAGE, '00000000-0000-4000-8000-000000000000'])(
    'is nobody, where there is none: %j',
    async (id) => {
      const { owner } = await scene();
      for (const calling of [store.remove(id, owner), store.remove(id)]) {
        await expect(calling).rejects.toBeInstanceOf(WebhookNotFoundError);
      }
      await expect(store.owned(id, owner)).rejects.toBeInstanceOf(WebhookNotFoundError);
      const updating = store.update(id, NOTHING, owner);
      await expect(updating).rejects.toBeInstanceOf(WebhookNotFoundError);
    },
  );

  it('is told of one that was removed before that it is not found, whoever asks', async () => {
    const { id, owner } = await scene();
    await store.remove(id, owner);
    for (const asking of [owner, (await scene()).owner]) {
      await expect(store.remove(id, asking)).rejects.toBeInstanceOf(WebhookNotFoundError);
      await expect(store.owned(id, asking)).rejects.toBeInstanceOf(WebhookNotFoundError);
    }
  });
});

describe('a blocked queue', () => {
  /** Blocked until an hour from now, by a message of the webhook; behind it one of the other. */
  async function blocked() {
    const { id, integrationId, organizationId, owner } = await scene();
    const other = await seedWebhook(dataSource, { integrationId, type: 'order/created' });
    const messages = [id, other].map((webhookId) => ({
      queueId: integrationId,
      messageId: randomUUID(),
      webhookId,
      organizationId,
      type: 'order/created' as const,
      partition: 0,
      offset: '0',
      body: Buffer.from('{}'),
      traceParent: null,
    }));
    await new IngestStore(dataSource).ingest({ messages, deadLetters: [], locations: [] });
    await database.query(
      `UPDATE integration_queue SET status = 'BLOCKED', blocked_at = clock_timestamp(),
         due_at = clock_timestamp() + interval '1 hour' WHERE queue_id = $1`,
      [integrationId],
    );
    const isAsked = async () =>
      (
        await database.one<{ asked: boolean }>(
          `SELECT due_at = '-infinity' AS asked FROM integration_queue WHERE queue_id = $1`,
          [integrationId],
        )
      ).asked;
    return { head: id, other, owner, isAsked };
  }

  it('is tried again at once, when the webhook of its head is changed', async () => {
    const { head, owner, isAsked } = await blocked();
    const updated = await store.update(head, { endPoint: 'https://b.example/' }, owner);
    expect(updated.health).toBe('FAILING');
    expect(await isAsked()).toBe(true);
  });

  it('goes on at once, when the webhook of its head is removed', async () => {
    const { head, owner, isAsked } = await blocked();
    await store.remove(head, owner);
    expect(await isAsked()).toBe(true);
  });

  it('waits as before, when another webhook is changed or removed', async () => {
    const { other, owner, isAsked } = await blocked();
    await store.update(other, { endPoint: 'https://b.example/' }, owner);
    await store.remove(other, owner);
    expect(await isAsked()).toBe(false);
  });

  it('waits as before, when somebody else tries to', async () => {
    const { head, isAsked } = await blocked();
    const { owner: stranger } = await scene();
    await expect(store.remove(head, stranger)).rejects.toBeInstanceOf(WebhookOwnerMismatchError);
    expect(await isAsked()).toBe(false);
  });

  it('that waits for a pause of ours alone, without being blocked, is not hurried', async () => {
    const { head, owner, isAsked } = await blocked();
    await database.query(
      `UPDATE integration_queue SET status = 'HEALTHY', blocked_at = NULL WHERE queue_id = $1`,
      [owner.integrationId],
    );
    await store.update(head, { endPoint: 'https://b.example/' }, owner);
    expect(await isAsked()).toBe(false);
  });
});

describe('a subscription of an OAuth client', () => {
  const webhook = { type: null, endPoint: END_POINT, headers: {} } as const;

  it('is stored as such, in the queue of the client and in its organization', async () => {
    const integration = await seedIntegration(dataSource);
    const owner = await oauthClientOf(integration);
    const { id } = await store.create({ integrationId: owner.integrationId, ...webhook });
    expect(
      await database.one(
        'SELECT integration_type, integration_id, organization_id FROM integration_webhook WHERE id = $1',
        [id],
      ),
    ).toEqual({
      integration_type: 'OAUTH_CLIENT',
      integration_id: owner.integrationId,
      organization_id: integration.organizationId,
    });
    const ofInstallation = await store.create({
      integrationId: integration.integrationId,
      ...webhook,
    });
    expect(
      await database.one('SELECT integration_type FROM integration_webhook WHERE id = $1', [
        ofInstallation.id,
      ]),
    ).toEqual({ integration_type: 'INTEGRATION' });
    expect(await store.remove(id, owner)).toMatchObject({ id });
  });

  it('is refused once it may not act there any more, like one of an ended installation', async () => {
    const integration = await seedIntegration(dataSource);
    const { integrationId: clientId } = await oauthClientOf(integration);
    await new OwnerStatusStore(dataSource).uninstall(integration.integrationId);
    for (const integrationId of [integration.integrationId, clientId]) {
      const creating = store.create({ integrationId, ...webhook });
      await expect(creating).rejects.toBeInstanceOf(IntegrationNotFoundError);
    }
  });
});
