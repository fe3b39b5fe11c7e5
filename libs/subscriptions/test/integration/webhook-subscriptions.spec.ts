import { randomUUID } from 'node:crypto';
import {
  DuplicateSubscriptionError,
  IntegrationNotFoundError,
  WebhookNotFoundError,
  WebhookSubscriptionsStore,
  type NewWebhook,
} from '@app/subscriptions';
import { createTestDatabase, seedIntegration, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let database: TestDatabase;
let dataSource: DataSource;
let store: WebhookSubscriptionsStore;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource(undefined, { poolSize: 10 });
  store = new WebhookSubscriptionsStore(dataSource);
});
afterAll(() => database?.drop());

const newIntegration = async (): Promise<string> =>
  (await seedIntegration(dataSource)).integrationId;

const webhook = (integrationId: string, change: Partial<NewWebhook> = {}): NewWebhook => ({
  integrationId,
  type: 'order/created',
  endPoint: 'https://receiver.example/hook',
  headers: {},
  ...change,
});

async function createFifty(integrationId: string, type: NewWebhook['type']) {
  const created = await Promise.allSettled(
    Array.from({ length: 50 }, () => store.create(webhook(integrationId, { type }))),
  );
  const ids = created.flatMap((each) => (each.status === 'fulfilled' ? [each.value.id] : []));
  const errors = created.flatMap((each): unknown[] =>
    each.status === 'rejected' ? [each.reason] : [],
  );
  return { ids, errors };
}

describe('creating a subscription', () => {
  it('is listed with everything that was given, in the order of creation', async () => {
    const integrationId = await newIntegration();
    const headers = { 'X-B': '1', 'x-a': 'ä', Authorization: 'Bearer t' };
    const one = await store.create(webhook(integrationId, { headers }));
    const { id: two } = await store.create(
      webhook(integrationId, { type: null, endPoint: 'https://b.example' }),
    );
    const listed = await store.list(integrationId);
    expect(listed).toEqual([
      {
        id: one.id,
        integrationId,
        type: 'order/created',
        endPoint: 'https://receiver.example/hook',
        headers,
        health: 'HEALTHY',
        createdAt: expect.any(Date),
      },
      expect.objectContaining({ id: two, type: null, endPoint: 'https://b.example' }),
    ]);
    expect(Object.keys(listed[0]?.headers ?? {})).toEqual(['X-B', 'x-a', 'Authorization']);
  });

  it.each<[string, NewWebhook['type']]>([
    ['one type', 'order/created'],
    ['every type', null],
  ])(
    'for %s fifty times at once succeeds exactly once, and the others are told of it',
    async (_, type) => {
      const integrationId = await newIntegration();
      const { ids, errors } = await createFifty(integrationId, type);
      expect(ids).toHaveLength(1);
      expect(errors).toHaveLength(49);
      for (const error of errors) {
        expect(error).toBeInstanceOf(DuplicateSubscriptionError);
        expect(error).toMatchObject({ integrationId, type, webhookId: ids[0] });
      }
      expect(await store.list(integrationId)).toHaveLength(1);
    },
  );

  it('for another type, for every type, or by another integration is no duplicate', async () => {
    const [integrationId, other] = [await newIntegration(), await newIntegration()];
    await store.create(webhook(integrationId));
    await store.create(webhook(integrationId, { type: 'order/completed' }));
    await store.create(webhook(integrationId, { type: null }));
    await store.create(webhook(other));
    expect(await store.list(integrationId)).toHaveLength(3);
  });

  it('names the type and the existing webhook of a duplicate', async () => {
    const integrationId = await newIntegration();
    const { id } = await store.create(webhook(integrationId, { type: null }));
    const again = store.create(webhook(integrationId, { type: null }));
    await expect(again).rejects.toThrow(
      `integration ${integrationId} already has a webhook for every type: ${id}`,
    );
  });

  it('is refused for an integration that does not exist', async () => {
    const creating = store.create(webhook(randomUUID()));
    await expect(creating).rejects.toBeInstanceOf(IntegrationNotFoundError);
    await expect(store.list(randomUUID())).rejects.toBeInstanceOf(IntegrationNotFoundError);
  });
});

describe('removing a subscription', () => {
  it('frees its place, and leaves a tombstone', async () => {
    const integrationId = await newIntegration();
    const { id: removed } = await store.create(webhook(integrationId));
    await store.remove(removed);
    expect(await store.list(integrationId)).toEqual([]);
    const { id: next } = await store.create(webhook(integrationId));
    expect((await store.list(integrationId)).map((each) => each.id)).toEqual([next]);
    const rows = await database.query<{ id: string; removed: boolean }>(
      `SELECT id, removed_at IS NOT NULL AS removed FROM integration_webhook
       WHERE integration_id = $1 ORDER BY created_at`,
      [integrationId],
    );
    expect(rows).toEqual([
      { id: removed, removed: true },
      { id: next, removed: false },
    ]);
  });

  it('works once, also where two remove it at the same time', async () => {
    const { id } = await store.create(webhook(await newIntegration()));
    const removals = await Promise.allSettled([store.remove(id), store.remove(id)]);
    expect(removals.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(store.remove(id)).rejects.toBeInstanceOf(WebhookNotFoundError);
    await expect(store.remove(randomUUID())).rejects.toBeInstanceOf(WebhookNotFoundError);
  });
});

describe('the health of subscriptions', () => {
  it('is FAILING for all of an integration, exactly while its queue is BLOCKED', async () => {
    const integrationId = await newIntegration();
    for (const type of ['order/created', null] as const) {
      await store.create(webhook(integrationId, { type }));
    }
    const healths = async () => (await store.list(integrationId)).map((each) => each.health);
    const set = (sql: string) =>
      database.query(`UPDATE integration_queue SET ${sql} WHERE queue_id = $1`, [integrationId]);
    await set(`status = 'BLOCKED', blocked_at = clock_timestamp()`);
    expect(await healths()).toEqual(['FAILING', 'FAILING']);
    await set(`status = 'HEALTHY', blocked_at = NULL`);
    expect(await healths()).toEqual(['HEALTHY', 'HEALTHY']);
  });
});
