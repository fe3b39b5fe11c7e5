import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueueFixture } from '../queue-fixture.js';

const QUEUES = 20_000;
const MESSAGES_EACH = 10;
const BATCH = 200;

/**
 * Pages of 8 KiB touched for one queue of a batch. A row by its index, some three pages, for each
 * table that is read and again for what is written come to 25 to 40; one of the tables from end to
 * end would come to far more.
 */
const MAX_PAGES_PER_QUEUE = 50;

let fixture: QueueFixture;
let session: Client;
beforeAll(async () => {
  fixture = await QueueFixture.create();
  // An analyze in the middle would throw the cached plans away and hide what this is about.
  const tables = await fixture.database.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  for (const { name } of tables) {
    await fixture.database.query(`ALTER TABLE ${name} SET (autovacuum_enabled = false)`);
  }
  session = await fixture.database.connect();
  await cachePlansOfEmptyTables();
  await fill();
});
afterAll(() => fixture?.drop());

const SETTLE = `settle_attempts(
  $1, $2, $3, array_fill(1, ARRAY[cardinality($1::uuid[])]), $4, array_fill(0, ARRAY[cardinality($1::uuid[])]),
  array_fill(0, ARRAY[cardinality($1::uuid[])]), array_fill($5::text, ARRAY[cardinality($1::uuid[])]),
  array_fill(200, ARRAY[cardinality($1::uuid[])]), array_fill(NULL::text, ARRAY[cardinality($1::uuid[])]),
  array_fill(NULL::text, ARRAY[cardinality($1::uuid[])]), array_fill(NULL::bytea, ARRAY[cardinality($1::uuid[])]),
  array_fill(interval '0', ARRAY[cardinality($1::uuid[])]), array_fill(true, ARRAY[cardinality($1::uuid[])]), interval '30 s')`;
const CLAIM = `claim_queues($1, 'test', interval '30 s', true)`;
const ENQUEUE = `enqueue_messages($1, $2, $3, array_fill('order/created'::text, ARRAY[cardinality($1::uuid[])]),
  array_fill(0, ARRAY[cardinality($1::uuid[])]), array_fill(0::bigint, ARRAY[cardinality($1::uuid[])]),
  array_fill('{}'::bytea, ARRAY[cardinality($1::uuid[])]))`;
const RELEASE = `release_queues($1, $2, interval '0')`;

/**
 * After five executions PostgreSQL plans once more, without looking at the parameters, and keeps
 * that plan where it seems no more expensive. With batches of this size it does.
 */
async function cachePlansOfEmptyTables(): Promise<void> {
  const ids = Array.from({ length: BATCH }, () => randomUUID());
  const ones = ids.map(() => '1');
  for (let n = 0; n < 10; n += 1) {
    await session.query(`SELECT * FROM ${CLAIM}`, [ids]);
    await session.query(`SELECT * FROM ${ENQUEUE}`, [ids, ids, ids]);
    for (const outcome of ['delivered', 'rejected']) {
      await session.query(`SELECT * FROM ${SETTLE}`, [ids, ones, ones, ids, outcome]);
    }
    await session.query(`SELECT * FROM ${RELEASE}`, [ids, ones]);
  }
}

async function fill(): Promise<void> {
  const { applicationId } = await fixture.database.one<{ applicationId: string }>(
    `INSERT INTO application (id, name, client_id, client_secret, type)
     VALUES (gen_random_uuid(), 'test', 'test', '', 'PUBLIC') RETURNING id AS "applicationId"`,
  );
  await fixture.database.query(
    `INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id, tail_seq)
     SELECT id, id, $1, 'o', $3 FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $2)) AS i`,
    [applicationId, QUEUES, MESSAGES_EACH],
  );
  await fixture.database.query(
    `INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, end_point)
     SELECT gen_random_uuid(), queue_id, 'INTEGRATION', 'o', 'https://receiver.example/'
     FROM integration_queue`,
  );
  await fixture.database.query(
    `INSERT INTO integration_queue_message
       (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition, source_offset, body)
     SELECT w.integration_id, seq, gen_random_uuid(), w.id, 'order/created', clock_timestamp(), 0, seq,
            convert_to(repeat('x', 100), 'UTF8')
     FROM generate_series(1, $1) AS seq CROSS JOIN integration_webhook w`,
    [MESSAGES_EACH],
  );
}

interface Plan {
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly 'Actual Rows': number;
}

/** Calls the function in the session with the cached plans, and says what it touched. */
async function costOf(call: string, params: unknown[]) {
  await session.query('BEGIN');
  const explained = await session.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM ${call}`,
    params,
  );
  const scanned = await session.query<{ relname: string }>(
    `SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0`,
  );
  await session.query('COMMIT');
  const plan = explained.rows[0]?.['QUERY PLAN'][0].Plan;
  if (!plan) throw new Error('no plan');
  const pages = plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  return {
    rows: plan['Actual Rows'],
    readFromEndToEnd: scanned.rows.map((table) => table.relname),
    fewPages: pages / BATCH < MAX_PAGES_PER_QUEUE,
  };
}

const KEYED = { rows: BATCH, readFromEndToEnd: [], fewPages: true };

interface Head {
  readonly queue_id: string;
  readonly webhook_id: string;
  readonly message_id: string;
}

/** The next queues, in no order that helps anybody. */
const nextQueues = (n: number): Promise<Head[]> =>
  fixture.database.query<Head & Record<string, unknown>>(
    `SELECT m.queue_id, m.webhook_id, m.message_id FROM integration_queue_message m
     WHERE m.seq = 1 ORDER BY md5(m.queue_id::text) OFFSET $1 LIMIT $2`,
    [n * BATCH, BATCH],
  );

describe('with 200,000 messages and plans that were made when there were none', () => {
  it('claim, settle and release of 200 queues touch only their rows', async () => {
    const heads = await nextQueues(0);
    const ids = heads.map((head) => head.queue_id);
    const ones = heads.map(() => '1');
    const messages = heads.map((head) => head.message_id);
    expect(await costOf(CLAIM, [ids])).toEqual(KEYED);
    expect(await costOf(SETTLE, [ids, ones, ones, messages, 'delivered'])).toEqual(KEYED);
    expect(await costOf(RELEASE, [ids, ones])).toEqual({ ...KEYED, rows: 1 });
  });

  it('recording 200 failures touches only their rows', async () => {
    const heads = await nextQueues(1);
    const ids = heads.map((head) => head.queue_id);
    await session.query(`SELECT * FROM ${CLAIM}`, [ids]);
    const ones = heads.map(() => '1');
    const messages = heads.map((head) => head.message_id);
    expect(await costOf(SETTLE, [ids, ones, ones, messages, 'rejected'])).toEqual(KEYED);
  });

  it('an enqueue of 200 messages touches only their queues', async () => {
    const heads = await nextQueues(2);
    const ids = heads.map((head) => head.queue_id);
    const newIds = heads.map(() => randomUUID());
    const webhooks = heads.map((head) => head.webhook_id);
    expect(await costOf(ENQUEUE, [ids, newIds, webhooks])).toEqual(KEYED);
  });
});
