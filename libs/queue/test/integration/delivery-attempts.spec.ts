import { randomUUID } from 'node:crypto';
import { DeliveryAttemptsQuery, type AttemptPosition, type DeliveryAttempt } from '@app/queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  messagesFor,
  QueueFixture,
  REJECTED,
  settleOne,
  type TestQueue,
} from '../queue-fixture.js';

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

const page = (
  { webhookId, queueId }: TestQueue,
  limit: number,
  after?: AttemptPosition,
): Promise<DeliveryAttempt[]> =>
  new DeliveryAttemptsQuery(fixture.dataSource).execute({ webhookId, queueId, limit, after });

const fail = async (queue: TestQueue): Promise<void> => {
  await settleOne(fixture.store(), await fixture.claimed(queue), {
    outcome: REJECTED,
    retryInMs: 0,
  });
};

const deliver = async (queue: TestQueue): Promise<void> => {
  await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
};

const numbersOf = (attempts: readonly DeliveryAttempt[]): string[] =>
  attempts.map(({ attempt, position: { seq } }) => `${seq}.${attempt}`);

describe('the attempts of a webhook', () => {
  it('are what became of each, the newest first', async () => {
    const queue = await fixture.queue();
    const [message] = messagesFor(queue, 1);
    if (!message) throw new Error('no message');
    await fixture.enqueue([message]);
    await fail(queue);
    await deliver(queue);
    const common = { messageId: message.messageId, type: 'order/created', isTest: false };
    expect(await page(queue, 10)).toEqual([
      {
        ...common,
        attempt: 2,
        startedAt: expect.any(Date),
        durationMs: 12,
        outcome: 'delivered',
        statusCode: 200,
        code: null,
        error: null,
        excerpt: null,
        position: expect.objectContaining({ seq: '1', attempt: '2' }),
      },
      {
        ...common,
        attempt: 1,
        startedAt: expect.any(Date),
        durationMs: 34,
        outcome: 'rejected',
        statusCode: 503,
        code: 'http_status',
        error: REJECTED.message,
        excerpt: REJECTED.excerpt,
        position: expect.objectContaining({ seq: '1', attempt: '1' }),
      },
    ]);
  });

  it('are read page by page without gaps or repeats while more are made', async () => {
    const queue = await fixture.filledQueue(4);
    for (let n = 0; n < 3; n += 1) await fail(queue);
    await deliver(queue);
    await fail(queue);
    const expected = ['2.1', '1.4', '1.3', '1.2', '1.1'];
    const read: DeliveryAttempt[] = [];
    for (;;) {
      const next = await page(queue, 2, read.at(-1)?.position);
      if (next.length === 0) break;
      read.push(...next);
      await fail(queue);
    }
    expect(numbersOf(read)).toEqual(expected);
    expect(numbersOf(await page(queue, 3))).toEqual(['2.4', '2.3', '2.2']);
  });

  it('of one message at one time are apart by the microsecond', async () => {
    const queue = await fixture.queue();
    const { webhookId, queueId } = queue;
    for (const us of ['000001', '000003', '000002']) {
      await fixture.database.query(
        `INSERT INTO delivery_attempt (queue_id, seq, attempt, message_id, webhook_id, started_at, duration_ms, outcome)
         VALUES ($1, 1, 1, $2, $3, date_trunc('day', clock_timestamp()) + $4::interval, 1, 'delivered')`,
        [queueId, randomUUID(), webhookId, `0.${us} seconds`],
      );
    }
    const first = await page(queue, 1);
    const second = await page(queue, 1, first[0]?.position);
    const third = await page(queue, 1, second[0]?.position);
    const all = [...first, ...second, ...third].map(({ position }) =>
      position.startedAtUs.slice(-1),
    );
    expect(all).toEqual(['3', '2', '1']);
    expect(await page(queue, 1, third[0]?.position)).toEqual([]);
  });

  it('are not found in the name of another queue', async () => {
    const queue = await fixture.filledQueue(1);
    const other = await fixture.queue();
    await fail(queue);
    expect(await page({ ...queue, queueId: other.queueId }, 10)).toEqual([]);
  });

  it('stay when their message is gone, and say no more of it', async () => {
    const queue = await fixture.filledQueue(1);
    await deliver(queue);
    await fixture.database.query('DELETE FROM integration_queue_message WHERE queue_id = $1', [
      queue.queueId,
    ]);
    expect(await page(queue, 10)).toMatchObject([
      { outcome: 'delivered', type: null, isTest: null },
    ]);
  });

  it('of many are read by their key, a page at a time', async () => {
    const queue = await fixture.queue();
    const { webhookId, queueId } = queue;
    await fixture.database.query(
      `INSERT INTO delivery_attempt (queue_id, seq, attempt, message_id, webhook_id, started_at, duration_ms, outcome)
       SELECT $1, n, 1, gen_random_uuid(), CASE WHEN n % 2 = 0 THEN $2::uuid ELSE gen_random_uuid() END,
              clock_timestamp() + n % 3 * interval '1 day', 1, 'delivered' FROM generate_series(1, 20000) AS n`,
      [queueId, webhookId],
    );
    await fixture.database.query('ANALYZE delivery_attempt');
    const single = await fixture.database.dataSource(undefined, { poolSize: 1 });
    const query = new DeliveryAttemptsQuery(single);
    await single.query('BEGIN');
    const [last] = (await query.execute({ webhookId, queueId, limit: 10 })).slice(-1);
    expect(last?.position.seq).toBe('19982');
    const next = await query.execute({ webhookId, queueId, limit: 10, after: last?.position });
    expect(next.map(({ position }) => position.seq)[0]).toBe('19980');
    const [read] = await single.query<{ rows: string }[]>(
      `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) AS rows FROM pg_stat_xact_user_tables
       WHERE relname LIKE 'delivery_attempt%'`,
    );
    await single.query('COMMIT');
    // Ten a page, and the first of each partition, which decides where to go on.
    expect(Number(read?.rows)).toBeLessThan(60);
  });
});
