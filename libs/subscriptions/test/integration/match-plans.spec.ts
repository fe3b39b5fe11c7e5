import { IntegrationWebhooksQuery } from '@app/subscriptions';
import { createTestDatabase, seedIntegration, type TestDatabase } from '@app/testing';
import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ORGANIZATIONS = 20_000;
const WEBHOOKS_EACH = 3;

/**
 * Pages of 8 KiB touched for one organization: its version by an index, some three pages, and where it
 * has changed its webhooks by another. One of the tables from end to end would come to far more.
 */
const MAX_PAGES = { unchanged: 5, changed: 15 };

/** Of PostgreSQL's catalogue, once for the session. */
const CATALOGUE_PAGES = 20;

/** What the query asks, with its parameters, to be explained. */
let statement: { readonly sql: string; readonly params: readonly unknown[] } | undefined;

let database: TestDatabase;
let dataSource: DataSource;
let session: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  // An analyze in the middle would decide by chance what this is about.
  for (const table of ['integration_webhook', 'organization_subscriptions']) {
    await database.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
  }
  dataSource = await database.dataSource();
  session = await database.connect();
  await fill();
  const query = dataSource.query.bind(dataSource);
  dataSource.query = <Result>(sql: string, params: unknown[] = []): Promise<Result> => {
    statement = { sql, params };
    return query<Result>(sql, params);
  };
});
afterAll(() => database?.drop());

async function fill(): Promise<void> {
  const { applicationId } = await seedIntegration(dataSource);
  await database.query(
    `INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id)
     SELECT id, id, $1, 'organization-' || n
     FROM (SELECT gen_random_uuid() AS id, n FROM generate_series(1, $2) AS n OFFSET 0) AS made`,
    [applicationId, ORGANIZATIONS],
  );
  await database.query(
    `INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, type, end_point)
     SELECT gen_random_uuid(), queue_id, 'INTEGRATION', organization_id, 'type-' || n, 'https://receiver.example/'
     FROM generate_series(1, $1) AS n CROSS JOIN integration_queue WHERE organization_id LIKE 'organization-%'`,
    [WEBHOOKS_EACH],
  );
}

/** Spread over all, in no order that helps anybody. */
const batch = (size: number) =>
  Array.from({ length: size }, (_, n) => ({
    organizationId: `organization-${((n * 7_919) % ORGANIZATIONS) + 1}`,
    type: 'order/created' as const,
  }));

interface Plan {
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly 'Actual Rows': number;
}

/** Runs again what the query asked last, and says what it touched. */
async function costOfLast(organizations: number, maxPages: number) {
  if (!statement) throw new Error('nothing was asked');
  await session.query('BEGIN');
  const explained = await session.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement.sql}`,
    [...statement.params],
  );
  const scanned = await session.query<{ relname: string }>(
    'SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0',
  );
  await session.query('COMMIT');
  const plan = explained.rows[0]?.['QUERY PLAN'][0].Plan;
  if (!plan) throw new Error('no plan');
  const pages = plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  return {
    rows: plan['Actual Rows'],
    readFromEndToEnd: scanned.rows.map((table) => table.relname),
    fewPages: pages <= organizations * maxPages + CATALOGUE_PAGES,
  };
}

const KEYED = { readFromEndToEnd: [], fewPages: true };

const sizes = [1, 20, 500, 2_000];

/** Asks once for all that has changed and once for nothing. */
async function expectLookUpsOnly(size: number): Promise<void> {
  const query = new IntegrationWebhooksQuery(dataSource, { clockSkewMs: 0 });
  await query.execute(batch(size));
  expect(await costOfLast(size, MAX_PAGES.changed)).toEqual({
    ...KEYED,
    rows: size * WEBHOOKS_EACH,
  });
  await query.execute(batch(size));
  expect(await costOfLast(size, MAX_PAGES.unchanged)).toEqual({ ...KEYED, rows: 0 });
}

describe(`with ${ORGANIZATIONS} organizations of ${WEBHOOKS_EACH} webhooks each`, () => {
  it.each(sizes)('a batch of %i looks up its own, before anything was analyzed', async (size) => {
    await expectLookUpsOnly(size);
  });

  it.each(sizes)('a batch of %i looks up its own, after an analyze', async (size) => {
    await database.query('ANALYZE');
    await expectLookUpsOnly(size);
  });
});
