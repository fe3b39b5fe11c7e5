import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DELIVERED,
  LEASE_MS,
  messagesFor,
  QueueFixture,
  REJECTED,
  settlement,
  settleOne,
  type TestQueue,
} from '../queue-fixture.js';

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

const attemptsOf = ({ queueId }: TestQueue) =>
  fixture.database.query(
    `SELECT seq, attempt, outcome, duration_ms, status_code, code, error, excerpt
     FROM delivery_attempt WHERE queue_id = $1 ORDER BY seq, attempt`,
    [queueId],
  );

describe('a delivered message', () => {
  it('moves the head and renews the lease together with the next message', async () => {
    const queue = await fixture.filledQueue(3);
    const lease = await fixture.claimed(queue);
    await fixture.set(queue, `lease_until = clock_timestamp() + interval '1 s'`);
    const settled = await settleOne(fixture.store(), lease);
    expect(settled).toMatchObject({
      kind: 'settled',
      more: true,
      next: { token: '1', attempts: 0, head: { seq: '2', body: Buffer.from('2') } },
    });
    const row = await fixture.row(queue);
    expect(row).toMatchObject({ head_seq: '2', leased: true, status: 'HEALTHY' });
    expect(row.lease_left).toBeGreaterThan(LEASE_MS - 5_000);
  });

  it('gives the lease back where the sender does not want to keep it', async () => {
    const queue = await fixture.filledQueue(2);
    const lease = await fixture.claimed(queue);
    const settled = await settleOne(fixture.store(), lease, { keep: false });
    expect(settled).toMatchObject({ next: undefined, more: true, dueAt: undefined });
    expect(await fixture.row(queue)).toMatchObject({ head_seq: '2', leased: false });
  });

  it('gives the lease back where it was the last one', async () => {
    const queue = await fixture.filledQueue(1);
    const settled = await settleOne(fixture.store(), await fixture.claimed(queue));
    expect(settled).toMatchObject({ next: undefined, more: false });
    expect(await fixture.row(queue)).toMatchObject({ head_seq: '2', tail_seq: '1', leased: false });
  });

  it('makes a BLOCKED queue HEALTHY and forgets its failures', async () => {
    const queue = await fixture.filledQueue(2);
    const store = fixture.store();
    await settleOne(store, await fixture.claimed(queue), { outcome: REJECTED, retryInMs: 0 });
    const lease = await fixture.claimed(queue);
    expect(lease).toMatchObject({ status: 'BLOCKED', attempts: 1, head: { seq: '1' } });
    const settled = await settleOne(store, lease);
    expect(settled?.next).toMatchObject({ status: 'HEALTHY', attempts: 0, head: { seq: '2' } });
    expect(await fixture.row(queue)).toMatchObject({
      status: 'HEALTHY',
      attempts: 0,
      blocked_at: null,
      last_error: null,
      due_in: null,
    });
  });
});

describe('a failed message', () => {
  it('blocks its queue, stays at the head and is due after the delay', async () => {
    const queue = await fixture.filledQueue(2);
    const lease = await fixture.claimed(queue);
    const startedAt = performance.now() - 500;
    const settled = await settleOne(fixture.store(), lease, {
      outcome: REJECTED,
      startedAt,
      retryInMs: 8_000,
    });
    const row = await fixture.row(queue);
    expect(row).toMatchObject({
      status: 'BLOCKED',
      head_seq: '1',
      attempts: 1,
      last_error: REJECTED.message,
      leased: false,
      blocked_at: expect.any(Date),
    });
    expect(row.due_in).toBeGreaterThan(6_000);
    expect(row.due_in).toBeLessThanOrEqual(8_000);
    expect(settled).toMatchObject({ next: undefined, more: true, lastTriedAt: row.last_tried_at });
    const [{ due } = { due: null }] = await fixture.database.query<{ due: Date }>(
      'SELECT due_at AS due FROM integration_queue WHERE queue_id = $1',
      [queue.queueId],
    );
    expect(settled?.dueAt).toEqual(due);
    const tried = (row.blocked_at?.getTime() ?? 0) - (row.last_tried_at?.getTime() ?? 0);
    expect(tried).toBeGreaterThanOrEqual(500);
    expect(tried).toBeLessThan(3_000);
  });

  it('that fails again counts up and keeps the time since which the queue is blocked', async () => {
    const queue = await fixture.filledQueue(1);
    const store = fixture.store();
    const failure = { outcome: REJECTED, retryInMs: 0 };
    await settleOne(store, await fixture.claimed(queue), failure);
    const { blocked_at } = await fixture.row(queue);
    await settleOne(store, await fixture.claimed(queue), {
      ...failure,
      outcome: { ...REJECTED, message: 'still\0 away' },
    });
    const row = await fixture.row(queue);
    expect(row).toMatchObject({ attempts: 2, blocked_at, last_error: 'still away' });
    expect((await fixture.claimed(queue)).attempts).toBe(2);
  });

  it('leaves an attempt each time, and so does its delivery in the end', async () => {
    const queue = await fixture.filledQueue(2);
    const store = fixture.store();
    await settleOne(store, await fixture.claimed(queue), { outcome: REJECTED, retryInMs: 0 });
    const unreachable = { kind: 'unreachable', code: 'dns', statusCode: null } as const;
    await settleOne(store, await fixture.claimed(queue), {
      outcome: { ...REJECTED, ...unreachable, message: 'no such name', excerpt: Buffer.alloc(0) },
      retryInMs: 0,
    });
    const lease = await fixture.claimed(queue);
    await settleOne(store, lease);
    const { messageId } = lease.head;
    expect(await attemptsOf(queue)).toEqual([
      {
        seq: '1',
        attempt: 1,
        outcome: 'rejected',
        duration_ms: 34,
        status_code: 503,
        code: 'http_status',
        error: REJECTED.message,
        excerpt: Buffer.from('try later'),
      },
      {
        seq: '1',
        attempt: 2,
        outcome: 'unreachable',
        duration_ms: 34,
        status_code: null,
        code: 'dns',
        error: 'no such name',
        excerpt: null,
      },
      {
        seq: '1',
        attempt: 3,
        outcome: 'delivered',
        duration_ms: 12,
        status_code: 200,
        code: null,
        error: null,
        excerpt: null,
      },
    ]);
    const ids = await fixture.database.query<{ message_id: string }>(
      'SELECT DISTINCT message_id FROM delivery_attempt WHERE queue_id = $1',
      [queue.queueId],
    );
    expect(ids).toEqual([{ message_id: messageId }]);
  });
});

describe('a discarded message', () => {
  it('moves the head like a delivered one, but was never tried', async () => {
    const queue = await fixture.filledQueue(2);
    const store = fixture.store();
    await settleOne(store, await fixture.claimed(queue), { outcome: REJECTED, retryInMs: 0 });
    const { last_tried_at } = await fixture.row(queue);
    const settled = await settleOne(store, await fixture.claimed(queue), {
      outcome: { kind: 'discarded' },
    });
    expect(settled?.next?.head.seq).toBe('2');
    expect(await fixture.row(queue)).toMatchObject({
      status: 'HEALTHY',
      last_tried_at,
      last_error: null,
    });
    expect(await attemptsOf(queue)).toMatchObject([
      { attempt: 1, outcome: 'rejected' },
      { attempt: 2, outcome: 'discarded', status_code: null, duration_ms: 0 },
    ]);
  });
});

describe('an outcome that does not count', () => {
  const unchanged = async (queue: TestQueue, act: () => Promise<unknown>): Promise<void> => {
    const state = () =>
      fixture.database.query(
        `SELECT q.*, (SELECT count(*) FROM delivery_attempt a WHERE a.queue_id = q.queue_id) AS attempts_rows
         FROM integration_queue q WHERE q.queue_id = $1`,
        [queue.queueId],
      );
    const before = await state();
    await act();
    expect(await state()).toEqual(before);
  };

  it.each([
    ['delivered', DELIVERED],
    ['failed', REJECTED],
  ])('changes nothing: %s under a lease that somebody else has taken over', async (_, outcome) => {
    const queue = await fixture.filledQueue(2);
    const lost = await fixture.claimed(queue);
    await fixture.set(queue, `lease_until = clock_timestamp() - interval '1 ms'`);
    await fixture.claimed(queue);
    await unchanged(queue, async () => {
      expect(await settleOne(fixture.store(), lost, { outcome })).toBeUndefined();
    });
  });

  it('changes nothing: for a message that is not the head any more', async () => {
    const queue = await fixture.filledQueue(3);
    const lease = await fixture.claimed(queue);
    await settleOne(fixture.store(), lease);
    await unchanged(queue, async () => {
      expect(await settleOne(fixture.store(), lease)).toBeUndefined();
    });
  });

  it('does not take the others of its batch with it', async () => {
    const queue = await fixture.filledQueue(2);
    const fenced = await fixture.claimed(queue);
    await fixture.store().release([fenced]);
    await fixture.claimed(queue);
    const queues = [];
    for (let n = 0; n < 4; n += 1) queues.push(await fixture.filledQueue(2));
    const others = queues.map((each) => each.queueId);
    const leases = [fenced, ...(await fixture.store().claim(others))];
    const settled = await fixture.store().settle(leases.map((lease) => settlement(lease)));
    expect(new Set(settled.keys())).toEqual(new Set(others));
    for (const { next } of [...settled.values()].filter((each) => each.kind === 'settled')) {
      expect(next?.head.seq).toBe('2');
    }
  });

  it('does count after the lease has run out, as long as nobody has taken the queue over', async () => {
    const queue = await fixture.filledQueue(2);
    const lease = await fixture.claimed(queue);
    await fixture.set(queue, `lease_until = clock_timestamp() - interval '1 min'`);
    expect((await settleOne(fixture.store(), lease))?.next?.head.seq).toBe('2');
  });
});

it('500 outcomes of all kinds are recorded by one call, each for its own queue', async () => {
  const queues = await fixture.queues(500);
  await fixture.enqueue(queues.flatMap((queue) => messagesFor(queue, 2)));
  const leases = await fixture.store().claim(queues.map((queue) => queue.queueId));
  const settlements = leases.map((lease, index) =>
    settlement(lease, index % 2 ? { outcome: REJECTED, retryInMs: 1_000 * index } : {}),
  );
  const settled = await fixture.store().settle(settlements);
  expect(settled.size).toBe(500);
  const rows = await fixture.database.query<{ queue_id: string; status: string; due_in: number }>(
    `SELECT queue_id, status, extract(epoch FROM due_at - blocked_at)::float8 AS due_in
     FROM integration_queue`,
  );
  const byId = new Map(rows.map((row) => [row.queue_id, row]));
  for (const [index, { queueId }] of leases.entries()) {
    const own = settled.get(queueId);
    expect(own?.kind === 'settled' && own.next?.queueId).toBe(index % 2 ? undefined : queueId);
    const row = byId.get(queueId);
    expect(row?.status).toBe(index % 2 ? 'BLOCKED' : 'HEALTHY');
    if (index % 2) expect(row?.due_in).toBeCloseTo(index, 1);
  }
});
