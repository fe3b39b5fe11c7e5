import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { WebhookReceiver, type WebhookMessage } from '@happycolis/webhook-receiver';
import { Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handleOrder } from '../../examples/sql-store/order-handler.js';
import { PostgresStore } from '../../examples/sql-store/postgres.store.js';
import { SECRET, signedRequest } from '../signed-request.js';
import { CLAIM_MS, keepsTheContract, newMessage, tokenOf } from '../store-contract.js';

const SCHEMA = join(import.meta.dirname, '../../examples/sql-store/schema.sql');

let database: TestDatabase;
let pool: Pool;
let store: PostgresStore;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new Pool({ connectionString: database.url, max: 8 });
  // Sessions that a test kills are no error of it.
  pool.on('error', () => undefined);
  await pool.query(await readFile(SCHEMA, 'utf8'));
  await pool.query(
    'CREATE TABLE shop_order (id text PRIMARY KEY, state text NOT NULL, changes integer NOT NULL)',
  );
  store = new PostgresStore(pool);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function outlast({ messageId }: WebhookMessage): Promise<void> {
  await pool.query('UPDATE webhook_message SET claimed_until = now() WHERE message_id = $1', [
    messageId,
  ]);
}

const order = (id: string, messageId?: string) =>
  signedRequest({
    body: JSON.stringify({ id, state: 'OPENED' }),
    ...(messageId !== undefined && { messageId }),
  });

/** How often the work for an order was done, as far as it was committed. */
async function changesOf(id: string): Promise<number> {
  const { rows } = await pool.query<{ changes: number }>(
    'SELECT changes FROM shop_order WHERE id = $1',
    [id],
  );
  return rows[0]?.changes ?? 0;
}

describe('the store in PostgreSQL', () => {
  keepsTheContract(() => ({ store, outlast, undoes: true }));

  it('lets a claim run as long as it was asked for', async () => {
    const [short, long] = [newMessage(), newMessage()];
    await store.claim(short, 0);
    await store.claim(long, CLAIM_MS);

    expect(await store.claim(short, CLAIM_MS)).toMatchObject({ kind: 'claimed' });
    expect(await store.claim(long, CLAIM_MS)).toEqual({ kind: 'in_progress' });
  });

  it('forgets what was processed or given up long ago, and nothing else', async () => {
    const [old, young, held, left] = [newMessage(), newMessage(), newMessage(), newMessage()];
    for (const message of [old, young]) {
      const token = tokenOf(await store.claim(message, CLAIM_MS));
      await store.complete(message, token, async () => undefined);
    }
    for (const message of [held, left]) await store.claim(message, CLAIM_MS);
    await pool.query(
      `UPDATE webhook_message
       SET processed_at = processed_at - interval '2 hours',
           claimed_until = claimed_until - interval '2 hours'
       WHERE message_id = ANY ($1)`,
      [[old.messageId, left.messageId]],
    );

    await store.prune(3_600_000);

    const kept = await pool.query(
      'SELECT message_id FROM webhook_message WHERE message_id = ANY ($1)',
      [[old, young, held, left].map(({ messageId }) => messageId)],
    );
    const ids = kept.rows.map((row: { message_id: string }) => row.message_id);
    expect(ids.sort()).toEqual([young.messageId, held.messageId].sort());
  });
});

describe('work in the transaction of the store', () => {
  const receiver = (claimMs?: number) =>
    new WebhookReceiver({ secrets: SECRET, store, ...(claimMs !== undefined && { claimMs }) });

  it('is done once, however often and by how many at once the message comes', async () => {
    const request = order('once');

    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, () => receiver().receive(request, handleOrder)),
    );
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect((await receiver().receive(request, handleOrder)).outcome).toBe('duplicate');

    expect(await changesOf('once')).toBe(1);
  });

  it('is undone when it fails afterwards, and done when the message comes again', async () => {
    const request = order('failing');

    const failing = receiver().receive(request, async (event, context) => {
      await handleOrder({ ...event, body: { id: 'failing', state: 'OPENED' } }, context);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await changesOf('failing')).toBe(0);

    expect((await receiver().receive(request, handleOrder)).outcome).toBe('processed');
    expect(await changesOf('failing')).toBe(1);
  });

  it('is undone when the handler hides the failure of a statement', async () => {
    const request = order('hidden');

    const failing = receiver().receive(request, async (_event, { transaction }) => {
      await transaction.query('SELECT 1 / 0').catch(() => undefined);
    });
    await expect(failing).rejects.toThrow('aborted');

    expect((await receiver().receive(request, handleOrder)).outcome).toBe('processed');
  });

  it('is undone when the session ends before the commit, as in a crash, and repeated', async () => {
    const request = order('crashed');

    const crashing = receiver().receive(request, async (event, context) => {
      await handleOrder({ ...event, body: { id: 'crashed', state: 'OPENED' } }, context);
      const { rows } = await context.transaction.query('SELECT pg_backend_pid() AS pid');
      const session = context.transaction as PoolClient;
      const ended = new Promise<void>((resolve) => void session.once('end', resolve));
      await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await ended;
    });
    await expect(crashing).rejects.toThrow(/terminat|not queryable/);
    expect(await changesOf('crashed')).toBe(0);

    expect((await receiver().receive(request, handleOrder)).outcome).toBe('processed');
    expect(await changesOf('crashed')).toBe(1);
  });

  it('waits for the claim of a process that is gone, and is done then', async () => {
    const request = order('gone', 'message-of-a-process-that-is-gone');
    const message = newMessage({ messageId: 'message-of-a-process-that-is-gone' });
    await store.claim(message, CLAIM_MS);

    await expect(receiver().receive(request, handleOrder)).rejects.toMatchObject({
      code: 'in_progress',
      status: 503,
    });
    await outlast(message);

    expect((await receiver().receive(request, handleOrder)).outcome).toBe('processed');
    expect(await changesOf('gone')).toBe(1);
  });

  it('counts once where two have done it because the first has outlived its claim', async () => {
    const request = order('late');
    const late = receiver(0).receive(request, async (event, context) => {
      // Another request takes the message over and ends before this one does.
      expect((await receiver().receive(request, handleOrder)).outcome).toBe('processed');
      await handleOrder({ ...event, body: { id: 'late', state: 'TOO LATE' } }, context);
    });

    await expect(late).rejects.toMatchObject({ code: 'claim_lost', status: 503 });
    expect(await changesOf('late')).toBe(1);
    expect((await receiver().receive(request, handleOrder)).outcome).toBe('duplicate');
  });
});
