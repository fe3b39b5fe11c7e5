import type { WebhookType } from '@app/events';
import {
  IntegrationWebhooksQuery,
  type Subscriber,
  WebhookSubscriptionsStore,
} from '@app/subscriptions';
import { createTestDatabase, seedIntegration, seedWebhook, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
});
afterAll(() => database?.drop());

const bare = (subscribers: readonly Subscriber[]) =>
  subscribers.map(({ webhookId, integrationId }) => ({ webhookId, integrationId }));

const query = (source: DataSource) =>
  new IntegrationWebhooksQuery(source, { clockSkewMs: 300_000 });

const match = async (organizationId: string, type: WebhookType) =>
  bare(
    (await query(dataSource).execute([{ organizationId, type }])).of(
      organizationId,
      type,
      Date.now(),
    ),
  );

describe('the subscribers of an event', () => {
  it('are those of its type and those of every type, each by itself, in the order of creation', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    const other = await seedIntegration(dataSource, { organizationId });
    const typed = await seedWebhook(dataSource, { integrationId, type: 'order/created' });
    await seedWebhook(dataSource, { integrationId, type: 'order/completed' });
    const every = await seedWebhook(dataSource, { integrationId, type: null });
    const ofOther = await seedWebhook(dataSource, {
      integrationId: other.integrationId,
      type: 'order/created',
    });
    expect(await match(organizationId, 'order/created')).toEqual([
      { webhookId: typed, integrationId },
      { webhookId: every, integrationId },
      { webhookId: ofOther, integrationId: other.integrationId },
    ]);
    expect(await match(organizationId, 'product/created')).toEqual([
      { webhookId: every, integrationId },
    ]);
  });

  it('are never of another organization', async () => {
    const { integrationId } = await seedIntegration(dataSource, { organizationId: 'theirs' });
    await seedWebhook(dataSource, { integrationId });
    await seedIntegration(dataSource, { organizationId: 'ours' });
    expect(await match('ours', 'order/created')).toEqual([]);
    expect(await match('nobody', 'order/created')).toEqual([]);
  });

  it('are not those who have left', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    const left = await seedWebhook(dataSource, { integrationId });
    await new WebhookSubscriptionsStore(dataSource).remove(left);
    expect(await match(organizationId, 'order/created')).toEqual([]);
    const back = await seedWebhook(dataSource, { integrationId });
    expect(await match(organizationId, 'order/created')).toEqual([
      { webhookId: back, integrationId },
    ]);
  });

  it('are told apart in a batch of many organizations and types', async () => {
    const types = ['order/created', 'order/completed', 'product/created'] as const;
    const owners = [];
    for (const type of types) {
      const { integrationId, organizationId } = await seedIntegration(dataSource);
      const webhookId = await seedWebhook(dataSource, { integrationId, type });
      owners.push({ organizationId, type, subscriber: { webhookId, integrationId } });
    }
    const events = owners.flatMap(({ organizationId }) =>
      types.map((type) => ({ organizationId, type })),
    );
    const subscribers = await query(dataSource).execute(events);
    for (const owner of owners) {
      for (const type of types) {
        const expected = type === owner.type ? [owner.subscriber] : [];
        expect(bare(subscribers.of(owner.organizationId, type, Date.now()))).toEqual(expected);
      }
    }
  });

  it('of an empty batch are nobody, without a query', async () => {
    const closed = await database.dataSource();
    await closed.destroy();
    const subscribers = await query(closed).execute([]);
    expect(subscribers.of('o', 'order/created', Date.now())).toEqual([]);
  });
});
