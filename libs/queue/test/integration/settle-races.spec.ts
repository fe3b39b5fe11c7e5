import type { QueueLease } from '@app/queue';
import { WebhookSubscriptionsStore } from '@app/subscriptions';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  LEASE_MS,
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

/** Adds one message in a transaction that stays open, and with it the queue's row locked. */
async function enqueueWithoutCommit(session: Client, queue: TestQueue): Promise<void> {
  const [message] = messagesFor(queue, 1, 2);
  await session.query('BEGIN');
  await session.query(
    `SELECT * FROM enqueue_messages(ARRAY[$1::uuid], ARRAY[$2::uuid], ARRAY[$3::uuid],
       ARRAY['order/created'], ARRAY[0], ARRAY[0::bigint], ARRAY[$4::bytea])`,
    [queue.queueId, message?.messageId, queue.webhookId, message?.body],
  );
}

/** Settles in a transaction that stays open. The columns are those of QueueStore.settle. */
async function settleWithoutCommit(session: Client, lease: QueueLease): Promise<boolean> {
  await session.query('BEGIN');
  const { rows } = await session.query<{ more: boolean }>(
    `SELECT more FROM settle_attempts(ARRAY[$1::uuid], ARRAY[$2::bigint], ARRAY[$3::bigint], ARRAY[1],
       ARRAY[$4::uuid], ARRAY[0], ARRAY[0], ARRAY['delivered'], ARRAY[200], ARRAY[NULL], ARRAY[NULL],
       ARRAY[NULL::bytea], ARRAY[interval '0'], ARRAY[true], interval '30 s')`,
    [lease.queueId, lease.token, lease.head.seq, lease.head.messageId],
  );
  return rows[0]?.more === true;
}

describe('a message that comes in while the last one is settled', () => {
  it('is seen by the settle, where the enqueue was first', async () => {
    const queue = await fixture.filledQueue(1);
    const lease = await fixture.claimed(queue);
    const session = await fixture.database.connect();
    await enqueueWithoutCommit(session, queue);

    const { store } = await fixture.named('settles second');
    const settling = settleOne(store, lease);
    await fixture.database.waitingForLock('settles second');
    const whileWaiting = performance.now();
    await session.query('COMMIT');

    const settled = await settling;
    expect(settled).toMatchObject({ more: true, next: { head: { seq: '2' } } });
    // The wait for the lock is not time that the sender may use up of its lease.
    expect(settled?.next?.deadline).toBeLessThan(whileWaiting + LEASE_MS);
  });

  it('wakes the queue, where the settle was first', async () => {
    const queue = await fixture.filledQueue(1);
    const lease = await fixture.claimed(queue);
    const session = await fixture.database.connect();
    expect(await settleWithoutCommit(session, lease)).toBe(false);

    const { ingest } = await fixture.named('enqueues second');
    const messages = messagesFor(queue, 1, 2);
    const enqueuing = ingest.ingest({ messages, deadLetters: [], locations: [] });
    await fixture.database.waitingForLock('enqueues second');
    await session.query('COMMIT');

    expect((await enqueuing).queues).toMatchObject([{ queueId: queue.queueId, wake: true }]);
    expect((await fixture.claimed(queue)).head.seq).toBe('2');
  });

  it('never stays behind unseen, whoever is first, in 300 races', async () => {
    const queue = await fixture.filledQueue(1);
    const { ingest } = await fixture.named('racing enqueue');
    const { store } = await fixture.named('racing settle');
    let lease = await fixture.claimed(queue);
    for (let round = 2; round <= 301; round += 1) {
      const [enqueued, settled] = await Promise.all([
        ingest.ingest({ messages: messagesFor(queue, 1, round), deadLetters: [], locations: [] }),
        settleOne(store, lease),
      ]);
      const woken = enqueued.queues[0]?.wake === true;
      expect(woken, `round ${round}`).toBe(settled?.next === undefined);
      lease = settled?.next ?? (await fixture.claimed(queue));
      expect(lease.head.body.toString()).toBe(String(round));
    }
  });
});

describe('a failure of a message whose subscription is removed meanwhile', () => {
  const remove = (queue: TestQueue) =>
    new WebhookSubscriptionsStore(fixture.dataSource).remove(queue.webhookId);
  const manual = () => fixture.store({ probe: false });

  it('lets the queue go on, where the removal was first', async () => {
    const queue = await fixture.filledQueue(1);
    const lease = await fixture.claimed(queue);
    await remove(queue);
    const settled = await settleOne(manual(), lease, { outcome: REJECTED });
    expect(settled).toMatchObject({ more: true, dueAt: undefined });
    expect((await fixture.claimed(queue, manual())).head).toMatchObject({
      seq: '1',
      removed: true,
    });
  });

  it('lets the queue go on, where the failure was first', async () => {
    const queue = await fixture.filledQueue(1);
    await settleOne(manual(), await fixture.claimed(queue), { outcome: REJECTED });
    expect(await manual().claim([queue.queueId])).toEqual([]);
    await remove(queue);
    expect((await fixture.claimed(queue, manual())).head).toMatchObject({
      seq: '1',
      removed: true,
    });
  });

  it.each(['the failure', 'the removal'])(
    'lets the queue go on, where both wait for its row and %s comes first',
    async (first) => {
      const queue = await fixture.filledQueue(1);
      const lease = await fixture.claimed(queue);
      const session = await fixture.database.connect();
      await session.query('BEGIN');
      await session.query('SELECT FROM integration_queue WHERE queue_id = $1 FOR NO KEY UPDATE', [
        queue.queueId,
      ]);
      const applicationName = `removes after ${first}`;
      const removals = new WebhookSubscriptionsStore(
        await fixture.database.dataSource(undefined, { poolSize: 1, applicationName }),
      );
      const { store } = await fixture.named(`fails after ${first}`);
      const acts = [
        ['fails', () => settleOne(store, lease, { outcome: REJECTED })],
        ['removes', () => removals.remove(queue.webhookId)],
      ] as const;
      const running = [];
      for (const [name, act] of first === 'the failure' ? acts : [...acts].reverse()) {
        running.push(act());
        await fixture.database.waitingForLock(`${name} after ${first}`);
      }
      await session.query('COMMIT');
      await Promise.all(running);
      expect((await fixture.row(queue)).status).toBe('BLOCKED');
      expect((await fixture.claimed(queue, manual())).head).toMatchObject({
        seq: '1',
        removed: true,
      });
    },
  );

  it('still blocks the queue, where another message is at its head', async () => {
    const queue = await fixture.filledQueue(1);
    const { webhookId } = await fixture.queue();
    const lease = await fixture.claimed(queue);
    await new WebhookSubscriptionsStore(fixture.dataSource).remove(webhookId);
    await settleOne(manual(), lease, { outcome: REJECTED });
    expect(await manual().claim([queue.queueId])).toEqual([]);
  });
});
