import { poolUsage } from '@app/database';
import { createTestDatabase, waitFor, type TestDatabase } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const APPLICATION = 'pool';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

describe('the usage of a pool', () => {
  it('tells open and idle connections and who waits, and nothing once it is closed', async () => {
    const options = { poolSize: 1, applicationName: APPLICATION };
    const dataSource = await database.dataSource([], options);
    await dataSource.query('SELECT 1');
    expect(poolUsage(dataSource)).toEqual({ open: 1, idle: 1, waiting: 0, most: 1 });

    const holder = await database.connect();
    await holder.query('SELECT pg_advisory_lock(1)');
    const queries = [1, 2, 3].map(() => dataSource.query('SELECT pg_advisory_xact_lock(1)'));
    await database.waitingForLock(APPLICATION);
    expect(poolUsage(dataSource)).toEqual({ open: 1, idle: 0, waiting: 2, most: 1 });
    await holder.query('SELECT pg_advisory_unlock(1)');
    await Promise.all(queries);
    await waitFor(() => poolUsage(dataSource)?.idle === 1);

    await dataSource.destroy();
    expect(poolUsage(dataSource)).toBeUndefined();
  });
});
