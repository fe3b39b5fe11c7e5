import { randomUUID } from 'node:crypto';
import { createTestDatabase, waitFor, type TestDatabase } from '@app/testing';
import { Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresStore, TABLES } from '../../examples/postgres-store.js';

let database: TestDatabase;
let pool: Pool;
let store: PostgresStore<PoolClient>;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = new Pool({ connectionString: database.url, application_name: 'receiver' });
  store = new PostgresStore(pool);
  await pool.query(TABLES);
  await pool.query('CREATE TABLE work (message_id uuid)');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const key = (sequence: bigint | null, stream = 'w', messageId: string = randomUUID()) => ({
  messageId,
  stream,
  sequence,
});

const write = (messageId: string) => async (client: PoolClient) => {
  await client.query('INSERT INTO work (message_id) VALUES ($1)', [messageId]);
};

const worked = async (messageId: string): Promise<number> =>
  (await pool.query('SELECT FROM work WHERE message_id = $1', [messageId])).rows.length;

describe('the store in PostgreSQL', () => {
  it('has each message processed once, and knows the highest position of each stream', async () => {
    const [first, second] = [key(2n, 'order'), key(5n, 'order')];
    expect(await store.once(first, write(first.messageId))).toEqual({
      outcome: 'processed',
      last: null,
    });
    expect(await store.once(second, write(second.messageId))).toEqual({
      outcome: 'processed',
      last: 2n,
    });
    expect(await store.once(first, write(first.messageId))).toEqual({
      outcome: 'duplicate',
      last: 5n,
    });
    const unknown = key(null, 'order');
    expect(await store.once(unknown, write(unknown.messageId))).toMatchObject({ last: 5n });
    expect(await store.once(key(1n, 'order'), () => Promise.resolve())).toMatchObject({ last: 5n });
    expect(await store.once(key(9n, 'other'), () => Promise.resolve())).toMatchObject({
      last: null,
    });
    expect(await worked(first.messageId)).toBe(1);
  });

  it('has the work in its transaction: what fails leaves nothing, and is processed when it comes again', async () => {
    const message = key(1n, 'fails');
    const failing = store.once(message, async (client) => {
      await write(message.messageId)(client);
      throw new Error('the disk is full');
    });
    await expect(failing).rejects.toThrow('the disk is full');
    expect(await worked(message.messageId)).toBe(0);
    expect(await store.once(message, write(message.messageId))).toEqual({
      outcome: 'processed',
      last: null,
    });
  });

  it('has the second of two at the same time wait for the first', async () => {
    const message = key(1n, 'twice');
    let finish: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const first = store.once(message, async (client) => {
      await write(message.messageId)(client);
      await slow;
    });
    await waitFor(() => pool.totalCount - pool.idleCount === 1);
    const second = store.once(message, write(message.messageId));
    await database.waitingForLock('receiver');
    finish();
    expect([(await first).outcome, (await second).outcome]).toEqual(['processed', 'duplicate']);
    expect(await worked(message.messageId)).toBe(1);
  });
});
