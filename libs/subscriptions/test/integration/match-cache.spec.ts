import type { WebhookType } from '@app/events';
import {
  IntegrationType,
  IntegrationWebhooksQuery,
  WebhookSubscriptionsStore,
} from '@app/subscriptions';
import { createTestDatabase, seedIntegration, seedWebhook, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/** Rows that each statement of the query returned; its driver, connection and database are real. */
let answers: unknown[][] = [];

let database: TestDatabase;
/** What the query under test is on. */
let observed: DataSource;
/** What everybody else is on. */
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  observed = await database.dataSource();
  const query = observed.query.bind(observed);
  observed.query = async <Result>(sql: string, parameters?: unknown[]): Promise<Result> => {
    const rows = await query<Result>(sql, parameters);
    answers.push(Array.isArray(rows) ? rows : []);
    return rows;
  };
});
afterAll(() => database?.drop());
beforeEach(() => {
  answers = [];
});

/** A replica that has asked for nothing yet. */
const newQuery = () => new IntegrationWebhooksQuery(observed, { clockSkewMs: 300_000 });

const TYPE: WebhookType = 'order/created';

async function match(
  query: IntegrationWebhooksQuery,
  organizationIds: readonly string[],
): Promise<string[][]> {
  const subscribers = await query.execute(
    organizationIds.map((organizationId) => ({ organizationId, type: TYPE })),
  );
  return organizationIds.map((organizationId) =>
    subscribers.of(organizationId, TYPE, Date.now()).map(({ webhookId }) => webhookId),
  );
}

const readRows = () => answers.map((rows) => rows.length);

describe('the subscriptions of a batch', () => {
  it('are asked for with one statement a batch, which returns nothing while nothing has changed', async () => {
    const one = await seedIntegration(dataSource);
    const two = await seedIntegration(dataSource);
    const webhookId = await seedWebhook(dataSource, { integrationId: one.integrationId });
    await seedWebhook(dataSource, { integrationId: one.integrationId, type: 'order/updated' });
    const ofTwo = await seedWebhook(dataSource, { integrationId: two.integrationId });
    const query = newQuery();
    const organizations = [one.organizationId, two.organizationId, 'nobody'];
    for (let n = 0; n < 3; n += 1) {
      expect(await match(query, organizations)).toEqual([[webhookId], [ofTwo], []]);
    }
    expect(readRows()).toEqual([3, 0, 0]);
  });

  it('are read again for the organization that has changed, and for no other', async () => {
    const one = await seedIntegration(dataSource);
    const two = await seedIntegration(dataSource);
    const ofOne = await seedWebhook(dataSource, { integrationId: one.integrationId });
    const ofTwo = await seedWebhook(dataSource, { integrationId: two.integrationId });
    const query = newQuery();
    const organizations = [one.organizationId, two.organizationId];
    await match(query, organizations);
    const more = await seedWebhook(dataSource, { integrationId: two.integrationId, type: TYPE });
    expect(await match(query, organizations)).toEqual([[ofOne], [ofTwo, more]]);
    expect(readRows()).toEqual([2, 2]);
  });

  it('are asked for once, however often an organization comes in the batch', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    const webhookId = await seedWebhook(dataSource, { integrationId });
    const organizations = Array.from({ length: 50 }, () => organizationId);
    expect(await match(newQuery(), organizations)).toEqual(organizations.map(() => [webhookId]));
    expect(readRows()).toEqual([1]);
  });

  it('are those of each of two batches that are matched at the same time', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    const webhookId = await seedWebhook(dataSource, { integrationId });
    const query = newQuery();
    const both = await Promise.all([
      match(query, [organizationId]),
      match(query, [organizationId]),
    ]);
    expect(both).toEqual([[[webhookId]], [[webhookId]]]);
  });
});

describe('a change in another process', () => {
  it('counts with the very next batch: created, changed, removed, created again', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    const store = new WebhookSubscriptionsStore(dataSource);
    const query = newQuery();
    const now = async () => (await match(query, [organizationId]))[0];
    expect(await now()).toEqual([]);
    const first = await seedWebhook(dataSource, { integrationId });
    expect(await now()).toEqual([first]);
    await store.remove(first);
    expect(await now()).toEqual([]);
    const second = await seedWebhook(dataSource, { integrationId });
    expect(await now()).toEqual([second]);
  });

  it('that changes an endpoint changes the version as well, and nothing of who is matched', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    const webhookId = await seedWebhook(dataSource, { integrationId });
    const query = newQuery();
    await match(query, [organizationId]);
    await new WebhookSubscriptionsStore(dataSource).update(
      webhookId,
      { endPoint: 'https://elsewhere.example/' },
      { integrationId, integrationType: IntegrationType.INTEGRATION },
    );
    expect(await match(query, [organizationId])).toEqual([[webhookId]]);
    expect(readRows()).toEqual([1, 1]);
  });

  it('that removes the last webhook is read once, and then nothing any more', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    const webhookId = await seedWebhook(dataSource, { integrationId });
    const query = newQuery();
    await match(query, [organizationId]);
    await new WebhookSubscriptionsStore(dataSource).remove(webhookId);
    for (let n = 0; n < 2; n += 1) expect(await match(query, [organizationId])).toEqual([[]]);
    expect(readRows()).toEqual([1, 1, 0]);
  });

  it('counts from its commit on, and not before', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    const kept = await seedWebhook(dataSource, { integrationId });
    const query = newQuery();
    await match(query, [organizationId]);
    const session = await database.connect();
    await session.query('BEGIN');
    const { rows } = await session.query<{ id: string }>(
      `INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, type, end_point)
       VALUES (gen_random_uuid(), $1, 'INTEGRATION', $2, $3, 'https://receiver.example/') RETURNING id`,
      [integrationId, organizationId, TYPE],
    );
    expect(await match(query, [organizationId])).toEqual([[kept]]);
    await session.query('COMMIT');
    expect(await match(query, [organizationId])).toEqual([[kept, rows[0]?.id]]);
    expect(readRows()).toEqual([1, 0, 2]);
  });

  it('that is taken back counts never', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    const webhookId = await seedWebhook(dataSource, { integrationId });
    const query = newQuery();
    await match(query, [organizationId]);
    const session = await database.connect();
    await session.query('BEGIN');
    await session.query('UPDATE integration_webhook SET removed_at = now() WHERE id = $1', [
      webhookId,
    ]);
    await session.query('ROLLBACK');
    expect(await match(query, [organizationId])).toEqual([[webhookId]]);
    expect(readRows()).toEqual([1, 0]);
  });

  it('never gets lost, where many are made at the same time', async () => {
    const { organizationId } = await seedIntegration(dataSource);
    const integrations = await Promise.all(
      Array.from({ length: 20 }, () => seedIntegration(dataSource, { organizationId })),
    );
    const query = newQuery();
    const looking = (async () => {
      const seen: number[] = [];
      while ((seen.at(-1) ?? 0) < integrations.length) {
        const [found = []] = await match(query, [organizationId]);
        seen.push(found.length);
      }
      return seen;
    })();
    const created = await Promise.all(
      integrations.map(({ integrationId }) => seedWebhook(dataSource, { integrationId })),
    );
    const seen = await looking;
    expect(seen).toEqual([...seen].sort((one, two) => one - two));
    const [found = []] = await match(query, [organizationId]);
    expect([...found].sort()).toEqual([...created].sort());
  });

  it('by a statement of any kind is noticed, also where webhooks are deleted', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    const webhookId = await seedWebhook(dataSource, { integrationId });
    const query = newQuery();
    expect(await match(query, [organizationId])).toEqual([[webhookId]]);
    await database.query('DELETE FROM integration_webhook WHERE id = $1', [webhookId]);
    expect(await match(query, [organizationId])).toEqual([[]]);
  });

  it('back to before the first webhook, as by a restored backup, is noticed', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    const webhookId = await seedWebhook(dataSource, { integrationId });
    const query = newQuery();
    expect(await match(query, [organizationId])).toEqual([[webhookId]]);
    await database.query('DELETE FROM integration_webhook WHERE id = $1', [webhookId]);
    await database.query('DELETE FROM organization_subscriptions WHERE organization_id = $1', [
      organizationId,
    ]);
    expect(await match(query, [organizationId])).toEqual([[]]);
    const next = await seedWebhook(dataSource, { integrationId });
    expect(await match(query, [organizationId])).toEqual([[next]]);
  });
});

describe('more organizations than are kept', () => {
  it('are all matched; those used longest ago are read again', async () => {
    const { applicationId } = await seedIntegration(dataSource);
    const count = 10_001;
    await database.query(
      `WITH queue AS (
         INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id)
         SELECT id, id, $1, 'many-' || n FROM
           (SELECT gen_random_uuid() AS id, n FROM generate_series(1, $2) AS n OFFSET 0) AS made
         RETURNING queue_id, organization_id
       )
       INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, end_point)
       SELECT gen_random_uuid(), queue_id, 'INTEGRATION', organization_id, 'https://receiver.example/'
       FROM queue`,
      [applicationId, count],
    );
    const query = newQuery();
    const all = Array.from({ length: count }, (_, n) => `many-${n + 1}`);
    const found = await match(query, all);
    expect(found.filter((each) => each.length === 1)).toHaveLength(count);
    await match(query, ['many-2']);
    await match(query, ['many-1']);
    await match(query, ['many-2']);
    await match(query, ['many-3']);
    expect(readRows()).toEqual([count, 0, 1, 0, 1]);
  });
});
