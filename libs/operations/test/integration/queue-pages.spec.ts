import { createTestDatabase, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorQueuesQuery } from '../../src/queues/operator-queues.query.js';
import type { QueueFilter } from '../../src/queues/queue-filter.js';

const QUEUES = 100_000;

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  await fill();
}, 180_000);
afterAll(() => database?.drop());

/** Every queue has a message waiting; ten are blocked, and ten have one that waits since yesterday. */
async function fill(): Promise<void> {
  await database.query(
    `INSERT INTO application (id, name, client_id, client_secret, type)
     VALUES (gen_random_uuid(), 'test', 'test', '', 'PUBLIC')`,
  );
  await database.query(
    `INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id, tail_seq,
                                    status, blocked_at)
     SELECT i.id, i.id, a.id, 'o' || n % 1000, 1, CASE WHEN n <= 10 THEN 'BLOCKED' ELSE 'HEALTHY' END,
            CASE WHEN n <= 10 THEN now() END
     FROM application a CROSS JOIN generate_series(1, $1) AS n
     CROSS JOIN LATERAL (SELECT gen_random_uuid() AS id WHERE n > 0) AS i`,
    [QUEUES],
  );
  await database.query(
    `INSERT INTO integration_queue_message (queue_id, seq, message_id, webhook_id, type, enqueued_at,
                                            source_partition, source_offset, body, stored_at)
     SELECT q.queue_id, 1, gen_random_uuid(), q.queue_id, 'order/created', at, 0, 0, '{}', at
     FROM (SELECT queue_id, row_number() OVER (ORDER BY queue_id DESC) AS n FROM integration_queue) AS q
     CROSS JOIN LATERAL (SELECT now() - CASE WHEN q.n <= 10 THEN interval '1 day' ELSE interval '0' END AS at) AS t`,
  );
  await database.query('VACUUM ANALYZE integration_queue');
  await database.query('ANALYZE integration_queue_message');
}

/**
 * Pages of 8 KiB that one entry may cost: its row, and its head by the index of each day from the newest
 * on that there is a partition for.
 */
const PAGES_A_QUEUE = 40;

/** The pages that the statement touches, run as it is, with its parameters. */
async function pagesOf(filter: QueueFilter, after?: string): Promise<number> {
  const touched: number[] = [];
  const explaining = {
    query: async (sql: string, parameters: unknown[]) => {
      const [row] = await dataSource.query<{ 'QUERY PLAN': [Explained] }[]>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`,
        parameters,
      );
      for (const { Plan: plan } of row?.['QUERY PLAN'] ?? []) {
        touched.push(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']);
      }
      return [];
    },
  };
  const query = new OperatorQueuesQuery(explaining as unknown as DataSource, { probe: true });
  await query.page(filter, { first: 100, after });
  expect(touched).toHaveLength(1);
  return touched[0] ?? 0;
}

interface Explained {
  readonly Plan: { readonly 'Shared Hit Blocks': number; readonly 'Shared Read Blocks': number };
}

async function middle(): Promise<string> {
  const { id } = await database.one<{ id: string }>(
    'SELECT queue_id AS id FROM integration_queue ORDER BY queue_id OFFSET $1 LIMIT 1',
    [QUEUES / 2],
  );
  return id;
}

describe('a page of 100,000 queues', () => {
  it('costs what its entries cost, at the beginning and in the middle', async () => {
    const most = 100 * PAGES_A_QUEUE;
    expect(await pagesOf({})).toBeLessThan(most);
    expect(await pagesOf({}, await middle())).toBeLessThan(most);
  });

  it.each([
    [{ status: 'BLOCKED' }],
    [{ organizationId: 'o7' }],
    [{ minDepth: 5 }],
    [{ blockedForSeconds: 60, suspended: false }],
  ] as const)('reads no queue twice, however few fit: %j', async (filter) => {
    expect(await pagesOf(filter)).toBeLessThan(QUEUES + 100 * PAGES_A_QUEUE);
  });

  it('looks up a thousand heads and no more, and says that there is more', async () => {
    const filter = { headOlderThanSeconds: 3_600 };
    expect(await pagesOf(filter)).toBeLessThan(1_000 * PAGES_A_QUEUE);
    const query = new OperatorQueuesQuery(dataSource, { probe: true });
    const first = await query.page(filter, { first: 100, after: undefined });
    expect(first).toEqual({ rows: [], stoppedAt: expect.any(String) });
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await query.page(filter, { first: 100, after });
      found.push(...page.rows.map(({ integrationId }) => integrationId));
      after = page.stoppedAt;
    } while (after !== undefined);
    expect(found).toEqual(await old());
  });
});

async function old(): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `SELECT queue_id AS id FROM integration_queue_message
     WHERE enqueued_at < now() - interval '1 hour' ORDER BY 1`,
  );
  return rows.map(({ id }) => id);
}
