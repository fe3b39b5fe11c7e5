import { QueueOperationsStore, type DrainPace } from '@app/queue';
import { WebhookSubscriptionsStore } from '@app/subscriptions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DELIVERED,
  messagesFor,
  QueueFixture,
  REJECTED,
  settleOne,
  type TestQueue,
} from '../queue-fixture.js';

const ANA = { actor: 'ana' };
const DAY_MS = 24 * 3_600_000;
const GONE = { ...REJECTED, statusCode: 410 };
const DRAIN: DrainPace = { start: 5, step: 5, limit: 20, slowMs: 2_000 };

let fixture: QueueFixture;
let operations: QueueOperationsStore;
beforeAll(async () => {
  fixture = await QueueFixture.create();
  operations = new QueueOperationsStore(fixture.dataSource);
});
afterAll(() => fixture?.drop());

const fail = async (queue: TestQueue, outcome = REJECTED, options = {}) =>
  settleOne(fixture.store(options), await fixture.claimed(queue), { outcome, retryInMs: 0 });

const isDue = async ({ queueId }: TestQueue, probe = true): Promise<boolean> =>
  (await fixture.store({ probe }).findDue('00000000-0000-0000-0000-000000000000', 1_000)).some(
    (due) => due.queueId === queueId,
  );

const columns = ({ queueId }: TestQueue, names: string) =>
  fixture.database.one(`SELECT ${names} FROM integration_queue WHERE queue_id = $1`, [queueId]);

const noticesOf = async ({ queueId }: TestQueue) =>
  fixture.database.query(
    `SELECT kind, detail->>'reason' AS reason, detail->>'outcome' AS outcome
     FROM queue_notice WHERE queue_id = $1 ORDER BY id`,
    [queueId],
  );

describe('a queue with settings of its own', () => {
  it('is probed or not as it says, whatever is configured', async () => {
    for (const mode of ['probe', 'manual'] as const) {
      const queue = await fixture.filledQueue(1);
      await operations.setRecovery(
        queue.queueId,
        { mode, backoffMinMs: null, backoffMaxMs: null },
        ANA,
      );
      const settled = await fail(queue, REJECTED, { probe: mode === 'manual' });
      expect(settled).toMatchObject({ blocked: true, probes: mode === 'probe' });
      expect(await isDue(queue, mode === 'manual')).toBe(mode === 'probe');
    }
  });

  it('hands its backoff to whoever sends', async () => {
    const queue = await fixture.filledQueue(1);
    const settings = { mode: null, backoffMinMs: 7_000, backoffMaxMs: 70_000 };
    await operations.setRecovery(queue.queueId, settings, ANA);
    expect((await fixture.claimed(queue)).backoff).toEqual({ minMs: 7_000, maxMs: 70_000 });
  });

  it('is not changed twice, and a wrong order of the bounds is refused', async () => {
    const queue = await fixture.queue();
    const set = (backoffMinMs: number, backoffMaxMs: number) =>
      operations.setRecovery(queue.queueId, { mode: null, backoffMinMs, backoffMaxMs }, ANA);
    expect(await set(1, 2)).toMatchObject({ verdict: 'changed', after: { backoffMaxMs: 2 } });
    expect(await set(1, 2)).toMatchObject({ verdict: 'unchanged' });
    await expect(set(2, 1)).rejects.toThrow('violates check');
  });
});

describe('giving up', () => {
  it('follows 410 at once: the queue is manual until it has recovered', async () => {
    const queue = await fixture.filledQueue(2);
    expect(await fail(queue, GONE)).toMatchObject({ blocked: true, probes: false });
    expect(await columns(queue, 'gave_up_reason')).toEqual({ gave_up_reason: 'gone' });
    expect(await isDue(queue)).toBe(false);
    await operations.unblock(queue.queueId, ANA);
    expect(await isDue(queue)).toBe(true);
    expect(await fail(queue)).toMatchObject({ probes: false });
    await operations.unblock(queue.queueId, ANA);
    await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    expect(await columns(queue, 'gave_up_at, gave_up_reason')).toEqual({
      gave_up_at: null,
      gave_up_reason: null,
    });
    expect(await fail(queue)).toMatchObject({ probes: true });
  });

  it('follows days without success, counted from the beginning of the episode', async () => {
    const queue = await fixture.filledQueue(1);
    const options = { giveUpAfterMs: 5 * DAY_MS };
    await fail(queue, REJECTED, options);
    await fixture.set(queue, `blocked_at = clock_timestamp() - interval '4 days 23 hours'`);
    expect(await fail(queue, REJECTED, options)).toMatchObject({ probes: true });
    await fixture.set(queue, `blocked_at = clock_timestamp() - interval '5 days 1 second'`);
    expect(await fail(queue, REJECTED, options)).toMatchObject({ probes: false });
    expect(await columns(queue, 'gave_up_reason')).toEqual({ gave_up_reason: 'no_success' });
  });

  it('does not count the days of a pause', async () => {
    const queue = await fixture.filledQueue(1);
    const options = { giveUpAfterMs: 5 * DAY_MS };
    await fail(queue, REJECTED, options);
    await operations.pause(queue.queueId, ANA);
    await fixture.set(queue, `blocked_at = clock_timestamp() - interval '9 days'`);
    await operations.resume(queue.queueId, ANA);
    expect(await fail(queue, REJECTED, options)).toMatchObject({ probes: true });
  });

  it('is nothing that a manual queue can do', async () => {
    const queue = await fixture.filledQueue(1);
    await fail(queue, GONE, { probe: false, giveUpAfterMs: 1 });
    expect(await columns(queue, 'gave_up_reason')).toEqual({ gave_up_reason: null });
    expect((await noticesOf(queue)).map(({ kind }) => kind as unknown)).toEqual(['blocked']);
  });

  it('never follows where it is not configured', async () => {
    const queue = await fixture.filledQueue(1);
    await fail(queue);
    await fixture.set(queue, `blocked_at = clock_timestamp() - interval '1000 days'`);
    expect(await fail(queue)).toMatchObject({ probes: true });
  });

  it('is taken back by an operator, and the days are counted from there', async () => {
    const queue = await fixture.filledQueue(1);
    const options = { giveUpAfterMs: 5 * DAY_MS };
    await fail(queue, GONE, options);
    await fixture.set(queue, `blocked_at = clock_timestamp() - interval '9 days'`);
    const settings = { mode: null, backoffMinMs: null, backoffMaxMs: null };
    expect(await operations.setRecovery(queue.queueId, settings, ANA)).toMatchObject({
      verdict: 'changed',
      before: { gaveUpReason: 'gone' },
      after: { gaveUpReason: null },
    });
    expect(await fail(queue, REJECTED, options)).toMatchObject({ probes: true });
    await fixture.set(queue, `probing_since = clock_timestamp() - interval '6 days'`);
    expect(await fail(queue, REJECTED, options)).toMatchObject({ probes: false });
  });

  it('does not hinder that a message is discarded whose webhook was removed', async () => {
    const queue = await fixture.filledQueue(1);
    await fail(queue, GONE);
    await new WebhookSubscriptionsStore(fixture.dataSource).remove(queue.webhookId);
    expect((await fixture.claimed(queue)).head.removed).toBe(true);
  });
});

describe('an episode', () => {
  it('is noted when it begins, is given up and ends, each once however many attempts fail', async () => {
    const queue = await fixture.filledQueue(2);
    for (let n = 0; n < 50; n += 1) await fail(queue);
    await fail(queue, GONE);
    await operations.unblock(queue.queueId, ANA);
    await fail(queue, GONE);
    await operations.unblock(queue.queueId, ANA);
    await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    expect(await noticesOf(queue)).toEqual([
      { kind: 'blocked', reason: null, outcome: 'rejected' },
      { kind: 'gave_up', reason: 'gone', outcome: 'rejected' },
      { kind: 'recovered', reason: null, outcome: 'delivered' },
    ]);
  });

  it('is followed by another one with notices of its own', async () => {
    const queue = await fixture.filledQueue(2);
    for (let n = 0; n < 2; n += 1) {
      await fail(queue);
      await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    }
    const kinds = (await noticesOf(queue)).map(({ kind }) => kind as unknown);
    expect(kinds).toEqual(['blocked', 'recovered', 'blocked', 'recovered']);
  });

  it('ends by a skip as well', async () => {
    const queue = await fixture.filledQueue(1);
    await fail(queue);
    const { message_id } = await fixture.database.one<{ message_id: string }>(
      'SELECT message_id FROM integration_queue_message WHERE queue_id = $1',
      [queue.queueId],
    );
    await operations.skip(queue.queueId, message_id, ANA);
    expect((await noticesOf(queue))[1]).toEqual({
      kind: 'recovered',
      reason: null,
      outcome: 'parked',
    });
  });

  it('does not begin where nothing is wrong', async () => {
    const queue = await fixture.filledQueue(1);
    await settleOne(fixture.store(), await fixture.claimed(queue));
    expect(await noticesOf(queue)).toEqual([]);
  });
});

describe('the pace after an episode', () => {
  const paced = () => fixture.store({ drain: DRAIN });
  const next = async (queue: TestQueue, outcome = DELIVERED) => {
    await fixture.set(queue, `due_at = '-infinity'`);
    const settled = await settleOne(paced(), await fixture.claimed(queue), { outcome });
    const { pace } = await columns(queue, 'pace');
    return { pace: pace as number | null, kept: settled?.next !== undefined, ...settled };
  };

  async function recovering(messages: number): Promise<TestQueue> {
    const queue = await fixture.filledQueue(messages);
    await settleOne(paced(), await fixture.claimed(queue), { outcome: REJECTED });
    return queue;
  }

  it('begins slowly, gains a step a second while answers come in time, and ends at the limit', async () => {
    const queue = await recovering(10);
    const first = await next(queue);
    expect(first.pace).toBe(6);
    expect(first.kept).toBe(false);
    expect(first.dueInMs).toBeGreaterThan(100);
    expect(first.dueInMs).toBeLessThanOrEqual(1_000 / 6);
    expect((await next(queue)).pace).toBeCloseTo(6.83, 2);
    await fixture.set(queue, 'pace = 19.8');
    expect(await next(queue)).toMatchObject({ pace: null, kept: true });
  });

  it('halves at a slow answer, and starts lower next time where it failed again', async () => {
    const queue = await recovering(10);
    await next(queue);
    await fixture.set(queue, 'pace = 16');
    expect((await next(queue, { ...DELIVERED, durationMs: 2_001 })).pace).toBe(8);
    await fixture.set(queue, `pace = 16, due_at = '-infinity'`);
    await settleOne(paced(), await fixture.claimed(queue), { outcome: REJECTED });
    expect(await columns(queue, 'pace')).toEqual({ pace: 8 });
    await fixture.set(queue, `due_at = '-infinity'`);
    await settleOne(paced(), await fixture.claimed(queue), { outcome: REJECTED });
    expect(await columns(queue, 'pace')).toEqual({ pace: 8 });
  });

  it('never falls below where it starts, and ends with the backlog', async () => {
    const queue = await recovering(3);
    expect((await next(queue, { ...DELIVERED, durationMs: 9_000 })).pace).toBe(5);
    await next(queue);
    expect(await next(queue)).toMatchObject({ pace: null, more: false });
    await fixture.enqueue(messagesFor(queue, 2, 4));
    expect(await next(queue)).toMatchObject({ pace: null, kept: true });
  });

  it('is kept to by every replica: nobody can claim the queue before its time', async () => {
    const queue = await recovering(3);
    await next(queue);
    await fixture.set(queue, `due_at = clock_timestamp() + interval '1 minute'`);
    expect(await paced().claim([queue.queueId])).toEqual([]);
  });

  it('is as fast as can be for a queue that was never blocked, and where none is configured', async () => {
    const healthy = await fixture.filledQueue(2);
    expect(await next(healthy)).toMatchObject({ pace: null, kept: true });
    const queue = await fixture.filledQueue(3);
    await fail(queue);
    expect(await settleOne(fixture.store(), await fixture.claimed(queue))).toMatchObject({
      next: { head: { seq: '2' } },
    });
  });
});
