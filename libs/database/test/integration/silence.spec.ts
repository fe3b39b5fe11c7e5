import { createDataSource, migrate, pendingMigrations, type DatabaseOptions } from '@app/database';
import { createTestDatabase, TcpProxy, waitFor, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const LIMIT_MS = 700;

/** The lock that replicas take for their migrations. */
const MIGRATION_LOCK = 0x68637768;

let database: TestDatabase;
let proxy: TcpProxy;
const open: DataSource[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  proxy = await TcpProxy.start(database.url);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((dataSource) => dataSource.destroy()));
  await proxy.close();
});

/** One connection, through the proxy. */
async function connected(options: Partial<DatabaseOptions> = {}): Promise<DataSource> {
  const dataSource = createDataSource(
    {
      url: proxy.through(database.url),
      ssl: false,
      poolSize: 1,
      applicationName: 'silence',
      connectTimeoutMs: 10_000,
      silenceLimitMs: LIMIT_MS,
      ...options,
    },
    [],
  );
  open.push(dataSource);
  return dataSource.initialize();
}

describe('a connection whose answers do not come any more', () => {
  it('fails the statement after the limit, and is replaced: the next statement is answered', async () => {
    const dataSource = await connected();
    proxy.holdAnswers('never answered');
    await expect(dataSource.query(`SELECT 'never answered'`)).rejects.toThrow(
      `the database was silent for ${LIMIT_MS} ms`,
    );
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('fails a transaction likewise, and leaves no open one in the pool', async () => {
    const dataSource = await connected();
    proxy.holdAnswers('never answered');
    const transaction = dataSource.transaction((each) => each.query(`SELECT 'never answered'`));
    await expect(transaction).rejects.toThrow('silent');
    const [state] = await dataSource.query<{ begun: boolean }[]>(
      'SELECT now() <> statement_timestamp() AS begun',
    );
    expect(state).toEqual({ begun: false });
  });

  it('is told from a database that ends a slow statement by itself, whose answer is heard', async () => {
    const dataSource = await connected({ silenceLimitMs: 10_000 });
    await dataSource.query(`SET statement_timeout = '100ms'`);
    await expect(dataSource.query('SELECT pg_sleep(60)')).rejects.toMatchObject({
      driverError: { code: '57014' },
    });
  });
});

describe('migrations', () => {
  it('may take longer than the limit, which holds again afterwards', async () => {
    const dataSource = await connected();
    const session = await database.connect();
    await session.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const migrating = migrate(dataSource);
    await database.waitingForLock('silence');
    const waitsSince = performance.now();
    await waitFor(() => performance.now() - waitsSince > 2 * LIMIT_MS);
    await session.query('SELECT pg_advisory_unlock_all()');
    expect(await migrating).toEqual([]);
    expect(await pendingMigrations(dataSource)).toEqual([]);
    await expect(dataSource.query('SELECT pg_sleep(60)')).rejects.toThrow('silent');
  });
});
