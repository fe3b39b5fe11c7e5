import { IntegrationWebhooksQuery } from '@app/subscriptions';
import { createTestDatabase, seedIntegration, seedWebhook, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CLOCK_SKEW_MS = 300_000;
const TYPE = 'order/created';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
});
afterAll(() => database?.drop());

/** The webhooks of an organization that get what was produced at that time. */
async function matchAt(organizationId: string): Promise<(producedAt: number) => string[]> {
  const query = new IntegrationWebhooksQuery(dataSource, { clockSkewMs: CLOCK_SKEW_MS });
  const subscribers = await query.execute([{ organizationId, type: TYPE }]);
  return (producedAt) =>
    subscribers.of(organizationId, TYPE, producedAt).map(({ webhookId }) => webhookId);
}

/** Webhooks of one organization, each of an integration of its own, created at these times. */
async function created(...times: readonly string[]) {
  const { organizationId } = await seedIntegration(dataSource);
  const ids: string[] = [];
  for (const time of times) {
    const { integrationId } = await seedIntegration(dataSource, { organizationId });
    const id = await seedWebhook(dataSource, { integrationId });
    await database.query(
      'UPDATE integration_webhook SET created_at = $2::timestamptz WHERE id = $1',
      [id, time],
    );
    ids.push(id);
  }
  return { ids, of: await matchAt(organizationId) };
}

describe('an event that is older than a subscription', () => {
  it.each([
    '2026-03-01T12:00:00.000Z',
    '2026-03-01T12:00:00.001Z',
    '2025-11-25T22:38:29.123Z',
    '2031-07-13T01:02:03.337Z',
    '2026-12-31T23:59:59.999Z',
  ])(
    'of %s matches up to the difference of clocks that is allowed, and not beyond',
    async (time) => {
      const { ids, of } = await created(time);
      const oldest = Date.parse(time) - CLOCK_SKEW_MS;
      expect(of(oldest - 1)).toEqual([]);
      expect(of(oldest)).toEqual(ids);
      expect(of(oldest + 1)).toEqual(ids);
    },
  );

  it('matches by every millisecond alike, whatever binary fractions make of it', async () => {
    const { applicationId } = await seedIntegration(dataSource);
    const first = Date.parse('2026-05-05T05:05:05.000Z');
    const times = Array.from({ length: 1_000 }, (_, n) => first + n);
    await database.query(
      `WITH queue AS (
         INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id)
         SELECT id, id, $1, ms::text FROM
           (SELECT gen_random_uuid() AS id, ms FROM unnest($2::bigint[]) AS ms OFFSET 0) AS made
         RETURNING queue_id, organization_id
       )
       INSERT INTO integration_webhook
         (id, integration_id, integration_type, organization_id, end_point, created_at)
       SELECT gen_random_uuid(), queue_id, 'INTEGRATION', organization_id, 'https://receiver.example/',
              timestamptz 'epoch' + organization_id::bigint * interval '1 millisecond'
       FROM queue`,
      [applicationId, times],
    );
    const query = new IntegrationWebhooksQuery(dataSource, { clockSkewMs: CLOCK_SKEW_MS });
    const events = times.map((time) => ({ organizationId: String(time), type: TYPE }) as const);
    const subscribers = await query.execute(events);
    const matches = (time: number, early: number) =>
      subscribers.of(String(time), TYPE, time - CLOCK_SKEW_MS - early).length;
    expect(times.filter((time) => matches(time, 0) !== 1)).toEqual([]);
    expect(times.filter((time) => matches(time, 1) !== 0)).toEqual([]);
  });

  it('goes to those that are old enough', async () => {
    const { ids, of } = await created('2026-03-01T12:00:00Z', '2026-03-01T13:00:00Z');
    expect(of(Date.parse('2026-03-01T12:30:00Z'))).toEqual(ids.slice(0, 1));
    expect(of(Date.parse('2026-03-01T12:55:00Z'))).toEqual(ids);
    expect(of(Date.parse('2026-03-01T11:00:00Z'))).toEqual([]);
  });

  it.each([-1, -9_007_199_254_740_991])(
    'matches always, where its time is unknown (%i)',
    async (n) => {
      const { ids, of } = await created('2026-03-01T12:00:00Z', '2999-01-01T00:00:00Z');
      expect(of(n)).toEqual(ids);
    },
  );
});
