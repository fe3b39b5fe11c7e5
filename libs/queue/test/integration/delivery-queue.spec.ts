import { randomUUID } from 'node:crypto';
import { DeliveryQueueQuery, QueueOperationsStore, type DeliveryQueue } from '@app/queue';
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

async function shown({ queueId }: TestQueue, probe = true): Promise<DeliveryQueue> {
  const queue = await new DeliveryQueueQuery(fixture.dataSource, { probe }).execute(queueId);
  if (!queue) throw new Error('there is no such queue');
  return queue;
}

/** A queue whose head failed; it is due again in a minute. */
async function blockedQueue(messages = 2): Promise<TestQueue> {
  const queue = await fixture.filledQueue(messages);
  await fail(queue);
  return queue;
}

const fail = async (queue: TestQueue, statusCode = 503): Promise<void> => {
  await settleOne(fixture.store(), await fixture.claimed(queue), {
    outcome: { ...REJECTED, statusCode },
  });
};

const operations = () => new QueueOperationsStore(fixture.dataSource);
const by = { actor: 'ops' };

describe('a queue as its owner sees it', () => {
  it('is healthy and empty at first', async () => {
    const queue = await fixture.queue();
    expect(await shown(queue)).toEqual({
      status: 'HEALTHY',
      since: expect.any(Date),
      lastErrorCode: null,
      lastErrorMessage: null,
      lastTriedAt: null,
      attempts: 0,
      depth: 0,
      oldestWaitingAt: null,
      oldestWaitingSeconds: null,
      nextAttemptAt: null,
      paused: false,
      recovery: 'probe',
      gaveUpReason: null,
    });
    const query = new DeliveryQueueQuery(fixture.dataSource, { probe: true });
    expect(await query.execute(randomUUID())).toBeUndefined();
  });

  it('says why it is blocked, since when, what waits and when it is tried again', async () => {
    const queue = await blockedQueue(3);
    await fixture.database.query(
      `UPDATE integration_queue_message SET stored_at = stored_at - interval '90 seconds'
       WHERE queue_id = $1 AND seq = 1`,
      [queue.queueId],
    );
    const { blocked_at: since, last_tried_at: lastTriedAt, due_in } = await fixture.row(queue);
    const row = await shown(queue);
    expect(row).toMatchObject({
      status: 'BLOCKED',
      since,
      lastErrorCode: 'http_status',
      lastErrorMessage: REJECTED.message,
      lastTriedAt,
      attempts: 1,
      depth: 3,
      nextAttemptAt: expect.any(Date),
    });
    expect(row.oldestWaitingSeconds).toBeGreaterThanOrEqual(90);
    expect(row.oldestWaitingSeconds).toBeLessThan(150);
    expect(due_in).toBeGreaterThan(0);
    expect(Number(row.nextAttemptAt)).toBeGreaterThan(Number(row.lastTriedAt));
  });

  it('is healthy since the episode ended', async () => {
    const queue = await blockedQueue(2);
    const { since } = await shown(queue);
    await fixture.set(queue, `due_at = '-infinity'`);
    await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    const healthy = await shown(queue);
    expect(healthy).toMatchObject({ status: 'HEALTHY', lastErrorCode: null, nextAttemptAt: null });
    expect(Number(healthy.since)).toBeGreaterThan(Number(since));
    expect(healthy).toMatchObject({ depth: 1, attempts: 0 });
  });

  it('is due at present where an attempt was asked for, in manual mode as well', async () => {
    const queue = await blockedQueue();
    expect(await shown(queue, false)).toMatchObject({ recovery: 'manual', nextAttemptAt: null });
    const before = await fixture.database.one<{ now: Date }>('SELECT clock_timestamp() AS now');
    await operations().unblock(queue.queueId, by);
    for (const probe of [true, false]) {
      const { nextAttemptAt } = await shown(queue, probe);
      expect(Number(nextAttemptAt)).toBeGreaterThanOrEqual(Number(before.now));
      expect(Number(nextAttemptAt)).toBeLessThan(Number(before.now) + 30_000);
    }
  });

  it('has no next attempt while it is paused or suspended', async () => {
    const queue = await blockedQueue();
    await operations().pause(queue.queueId, by);
    expect(await shown(queue)).toMatchObject({ paused: true, nextAttemptAt: null });
    await operations().resume(queue.queueId, by);
    expect((await shown(queue)).nextAttemptAt).not.toBeNull();
    await fixture.set(queue, 'suspended_at = clock_timestamp()');
    expect(await shown(queue)).toMatchObject({ paused: false, nextAttemptAt: null });
  });

  it('recovers as an operator set it, else as configured, and not any more once it has given up', async () => {
    const queue = await blockedQueue();
    const settings = { backoffMinMs: null, backoffMaxMs: null };
    await operations().setRecovery(queue.queueId, { ...settings, mode: 'manual' }, by);
    expect(await shown(queue, true)).toMatchObject({ recovery: 'manual', nextAttemptAt: null });
    await operations().setRecovery(queue.queueId, { ...settings, mode: 'probe' }, by);
    expect(await shown(queue, false)).toMatchObject({ recovery: 'probe' });
    await fail(queue, 410);
    expect(await shown(queue)).toMatchObject({
      recovery: 'gave_up',
      gaveUpReason: 'gone',
      nextAttemptAt: null,
    });
  });

  it('counts the wait of a replay from when it was appended', async () => {
    const queue = await fixture.queue();
    await fixture.enqueue(messagesFor(queue, 1));
    await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    await fixture.database.query(
      `UPDATE integration_queue_message SET enqueued_at = enqueued_at - interval '1 hour',
              stored_at = stored_at - interval '1 hour' WHERE queue_id = $1`,
      [queue.queueId],
    );
    const range = { from: new Date(Date.now() - 7_200_000), to: new Date() };
    expect(await operations().replay(queue.queueId, range, by)).toMatchObject({ messages: 1 });
    const { depth, oldestWaitingSeconds } = await shown(queue);
    expect(depth).toBe(1);
    expect(oldestWaitingSeconds).toBeLessThan(60);
  });

  it('shows the date of what waits for longer than messages are kept', async () => {
    const queue = await blockedQueue(1);
    await fixture.database.query(
      `UPDATE integration_queue_message SET enqueued_at = '2026-01-01Z', stored_at = '-infinity' WHERE queue_id = $1`,
      [queue.queueId],
    );
    expect((await shown(queue)).oldestWaitingAt).toEqual(new Date('2026-01-01Z'));
  });
});
