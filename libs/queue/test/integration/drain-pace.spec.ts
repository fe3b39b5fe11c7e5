import type { DrainPace } from '@app/queue';
import { findOverlaps, TestReceiver, waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messagesFor, QueueFixture, type TestQueue } from '../queue-fixture.js';
import { bodiesOf, Replica, upTo } from '../replica.js';

const PACE: DrainPace = { start: 20, step: 40, limit: 80, slowMs: 2_000 };

/** How much earlier than its time a timer may fire, and what the two clocks differ by, milliseconds. */
const TOLERANCE_MS = 3;

let fixture: QueueFixture;
let receiver: TestReceiver;
let replicas: Replica[] = [];
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());
beforeEach(async () => {
  receiver = await TestReceiver.start();
});
afterEach(async () => {
  await Promise.all(replicas.splice(0).map((replica) => replica.stop()));
  await receiver.close();
});

async function replica(sweepMs?: number): Promise<Replica> {
  const options = { drain: PACE, backoff: { minMs: 20, maxMs: 20 } };
  const started = new Replica(await fixture.database.dataSource(), {
    ...options,
    ...(sweepMs === undefined ? {} : { sweepMs }),
  });
  replicas.push(started);
  return started;
}

async function blockedQueue(messages: number): Promise<TestQueue> {
  const queue = await fixture.queue(receiver.url('/back'));
  await fixture.enqueue(messagesFor(queue, messages));
  await fixture.set(
    queue,
    `status = 'BLOCKED', blocked_at = clock_timestamp(), pace = ${PACE.start}`,
  );
  return queue;
}

/** Milliseconds that have to lie between the n-th answer and the next request, as long as there is a pace. */
function shortestPauses(): number[] {
  const pauses: number[] = [];
  let pace = PACE.start;
  for (;;) {
    pace += PACE.step / pace;
    if (pace >= PACE.limit) return pauses;
    pauses.push(1_000 / pace);
  }
}

describe('a backlog', () => {
  it('drains in order, ever faster, without a sweep between, and in the end as fast as can be', async () => {
    const queue = await blockedQueue(150);
    const one = await replica();
    one.ready.addProbes([queue.queueId]);
    const requests = await receiver.waitForCount(150, { timeoutMs: 20_000 });
    expect(bodiesOf(receiver.requestsTo('/back'))).toEqual(upTo(150));
    expect(findOverlaps(receiver.requests)).toEqual([]);
    const paused = shortestPauses();
    expect(paused.length).toBeGreaterThan(50);
    paused.forEach((pauseMs, index) => {
      const [before, after] = [requests[index], requests[index + 1]];
      const gapMs = (after?.startedAt ?? 0) - (before?.endedAt ?? Infinity);
      expect(gapMs, `after message ${index + 1}`).toBeGreaterThan(pauseMs - TOLERANCE_MS);
    });
    await waitFor(async () => (await fixture.row(queue)).head_seq === '151');
  });

  it('goes on at its pace on another replica, where the one that drained it is gone', async () => {
    const queue = await blockedQueue(40);
    const one = await replica();
    one.ready.addProbes([queue.queueId]);
    await receiver.waitForCount(5);
    await replicas.shift()?.stop();
    await replica(20);
    await receiver.waitForCount(40, { timeoutMs: 20_000 });
    expect(bodiesOf(receiver.requestsTo('/back'))).toEqual(upTo(40));
  });
});
