import {
  createDataSource,
  ForwardOnlyMigrationError,
  migrate,
  pendingMigrations,
} from '@app/database';
import { IntegrationWebhooksQuery } from '@app/subscriptions';
import { createTestDatabase, urlOfDatabase, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const NAMES = [
  'InitialSchema1763700000000',
  'QueueOrder1763700000001',
  'SubscriptionManagement1764100000000',
  'WebhookChanges1764100000001',
  'TimePartitions1764300000000',
  'RecoveryAndOperators1764300000001',
  'QueueRecovery1764300000002',
  'OperatorVerbs1764300000003',
  'MessageVerbs1764300000004',
  'NoticeChannels1764300000007',
  'Retention1764310000000',
  'OperatorAccess1764400000000',
  'DeliveryRuns1764500000000',
  'DropWaitsAMoment1764510000000',
  'DeliveredPositions1764520000000',
  'DeliveryCredentials1764600000000',
  'ServiceRole1764610000000',
];

let database: TestDatabase;
let emptyUrl: string;
const open: DataSource[] = [];
let emptied = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

beforeEach(async () => {
  const name = `${new URL(database.url).pathname.slice(1)}_empty${(emptied += 1)}`;
  await database.query(`CREATE DATABASE ${name}`);
  emptyUrl = urlOfDatabase(database.url, name);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((dataSource) => dataSource.destroy()));
  await database.query(`DROP DATABASE ${new URL(emptyUrl).pathname.slice(1)} WITH (FORCE)`);
});

/** What another replica would open on the empty database. */
async function replica(poolSize = 5): Promise<DataSource> {
  const options = { ssl: false, applicationName: 'test', connectTimeoutMs: 10_000 } as const;
  const dataSource = createDataSource({ ...options, url: emptyUrl, poolSize }, []);
  open.push(dataSource);
  return dataSource.initialize();
}

describe('migrating', () => {
  it('an empty database runs every migration in order, and the second time none', async () => {
    const dataSource = await replica();
    expect(await pendingMigrations(dataSource)).toEqual(NAMES);
    expect(await migrate(dataSource)).toEqual(NAMES);
    expect(await pendingMigrations(dataSource)).toEqual([]);
    expect(await migrate(dataSource)).toEqual([]);
  });

  it('from four replicas at once is done by one; the others wait and find nothing to do', async () => {
    const replicas = await Promise.all([replica(), replica(), replica(), replica()]);
    const done = await Promise.all(replicas.map((each) => migrate(each)));
    expect(done.filter((names) => names.length > 0)).toEqual([NAMES]);
    for (const each of replicas) expect(await pendingMigrations(each)).toEqual([]);
  });

  it('works with a pool of a single connection', async () => {
    expect(await migrate(await replica(1))).toEqual(NAMES);
  });

  it('leaves the connection as it was: no lock, and the time limit of statements', async () => {
    const dataSource = await replica(1);
    await migrate(dataSource);
    expect(await dataSource.query('SHOW statement_timeout')).toEqual([
      { statement_timeout: '30s' },
    ]);
    const locks = await dataSource.query<unknown[]>(
      `SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()`,
    );
    expect(locks).toEqual([]);
  });

  it('leaves nothing of a migration that fails, and goes on from there', async () => {
    const dataSource = await replica();
    await dataSource.query('CREATE TABLE operator_action (id int)');
    const printed = vi.spyOn(console, 'log');
    await expect(migrate(dataSource)).rejects.toThrow('operator_action');
    // Every line on standard output is one of the service's own log.
    expect(printed.mock.calls).toEqual([]);
    printed.mockRestore();
    expect(await pendingMigrations(dataSource)).toEqual(NAMES);
    await dataSource.query('DROP TABLE operator_action');
    expect(await migrate(dataSource)).toEqual(NAMES);
  });

  it('back is refused', async () => {
    const dataSource = await replica();
    await migrate(dataSource);
    await expect(dataSource.undoLastMigration()).rejects.toBeInstanceOf(ForwardOnlyMigrationError);
    expect(await pendingMigrations(dataSource)).toEqual([]);
  });
});

describe('what was there before subscriptions had versions', () => {
  it('is matched afterwards, is sent to, and belongs to an installation', async () => {
    const before = await replica();
    Object.assign(before, { migrations: before.migrations.slice(0, 2) });
    expect(await migrate(before)).toEqual(NAMES.slice(0, 2));
    const id = '00000000-0000-4000-8000-000000000001';
    await before.query(
      `INSERT INTO application (id, name, client_id, client_secret, type) VALUES ('${id}', 'a', 'a', 'a', 'PUBLIC');
       INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id, tail_seq)
       VALUES ('${id}', '${id}', '${id}', 'o', 1);
       INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, end_point)
       VALUES ('${id}', '${id}', 'INTEGRATION', 'o', 'https://receiver.example/')`,
    );
    const after = await replica();
    expect(await migrate(after)).toEqual(NAMES.slice(2));
    const type = 'order/created';
    const query = new IntegrationWebhooksQuery(after, { clockSkewMs: 0 });
    const subscribers = await query.execute([{ organizationId: 'o', type }]);
    expect(subscribers.of('o', type, -1)).toMatchObject([{ webhookId: id }]);
    const [queue] = await after.query<unknown[]>(
      'SELECT integration_type, suspended_at, queue_claimable(q, true) AS claimable FROM integration_queue q',
    );
    expect(queue).toEqual({
      integration_type: 'INTEGRATION',
      suspended_at: null,
      claimable: true,
    });
  });
});

describe('what was stored before there were partitions', () => {
  it('is kept with its attempts, known by its id, and delivered in order', async () => {
    const before = await replica();
    Object.assign(before, { migrations: before.migrations.slice(0, 4) });
    await migrate(before);
    const id = '00000000-0000-4000-8000-000000000001';
    const message = (n: number): string => `00000000-0000-8000-8000-00000000000${n}`;
    await before.query(
      `INSERT INTO application (id, name, client_id, client_secret, type) VALUES ('${id}', 'a', 'a', 'a', 'PUBLIC');
       INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id)
       VALUES ('${id}', '${id}', '${id}', 'o');
       INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, end_point)
       VALUES ('${id}', '${id}', 'INTEGRATION', 'o', 'https://receiver.example/')`,
    );
    const queues = [id, id, id];
    const enqueue = (dataSource: DataSource, ids: string[]) =>
      dataSource.query<{ inserted: number }[]>(
        `SELECT * FROM enqueue_messages($1, $2, $1, array_fill('order/created'::text, ARRAY[3]),
           array_fill(0, ARRAY[3]), array_fill(0::bigint, ARRAY[3]), array_fill('{}'::bytea, ARRAY[3]))`,
        [queues, ids],
      );
    await enqueue(before, [message(1), message(2), message(3)]);
    await before.query(
      `UPDATE integration_queue_message SET enqueued_at = enqueued_at - interval '20 days' WHERE seq = 1`,
    );
    await before.query(
      `SELECT claim_queues(ARRAY['${id}'::uuid], 'former', interval '30 s', true)`,
    );
    /** As replicas of the version before call it. */
    const settle = (dataSource: DataSource, seq: number, token: number) =>
      dataSource.query<{ seq: string | null; settled_queue: string }[]>(
        `SELECT * FROM settle_attempts(ARRAY['${id}'::uuid], ARRAY[${token}::bigint], ARRAY[${seq}::bigint], ARRAY[1],
           ARRAY['${message(seq)}'::uuid], ARRAY[0], ARRAY[5], ARRAY['delivered'], ARRAY[200], ARRAY[NULL], ARRAY[NULL],
           ARRAY[NULL]::bytea[], ARRAY[interval '0'], ARRAY[true], interval '30 s')`,
      );
    await settle(before, 1, 1);

    const after = await replica();
    await migrate(after);
    expect(await enqueue(after, [message(1), message(2), message(4)])).toMatchObject([
      { inserted: 1 },
    ]);
    const position = () => after.query<unknown[]>('SELECT * FROM webhook_position');
    expect(await position()).toEqual([{ webhook_id: id, delivered_seq: '1' }]);
    expect(await settle(after, 2, 1)).toMatchObject([
      { settled_queue: id, seq: '3', previous_seq: '2' },
    ]);
    expect(await position()).toEqual([{ webhook_id: id, delivered_seq: '2' }]);
    const states = await after.query<unknown[]>(
      'SELECT seq, status, attempts FROM integration_queue_message_state ORDER BY seq',
    );
    expect(states).toEqual([
      { seq: '1', status: 'DELIVERED', attempts: 1 },
      { seq: '2', status: 'DELIVERED', attempts: 1 },
      { seq: '3', status: 'QUEUED', attempts: 0 },
      { seq: '4', status: 'QUEUED', attempts: 0 },
    ]);
    const attempts = await after.query<unknown[]>(
      `SELECT webhook_id, seq FROM delivery_attempt ORDER BY seq`,
    );
    expect(attempts).toEqual([
      { webhook_id: id, seq: '1' },
      { webhook_id: id, seq: '2' },
    ]);
  });
});

describe('the schema', () => {
  it('keeps heads and tails of queues consistent by itself', async () => {
    const dataSource = await replica();
    await migrate(dataSource);
    await dataSource.query(
      `INSERT INTO application (id, name, client_id, client_secret, type)
       VALUES ('00000000-0000-4000-8000-000000000001', 'a', 'a', 'a', 'PUBLIC')`,
    );
    const insert = (columns: string, values: string) =>
      dataSource.query(
        `INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id, ${columns})
         VALUES (gen_random_uuid(), gen_random_uuid(), '00000000-0000-4000-8000-000000000001', 'o', ${values})`,
      );
    await insert('head_seq, tail_seq', '6, 5');
    await expect(insert('head_seq, tail_seq', '7, 5')).rejects.toThrow('violates check');
    await expect(insert('head_seq', '0')).rejects.toThrow('violates check');
    await expect(insert('status', `'BLOCKED'`)).rejects.toThrow('violates check');
    await expect(insert('status', `'UNKNOWN'`)).rejects.toThrow('violates check');
  });
});
