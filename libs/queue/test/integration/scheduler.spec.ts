import { QueueOperationsStore } from '@app/queue';
import { findOverlaps, Gate, readEnvelope, TestReceiver, waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messageFor, QueueFixture, type TestQueue } from '../queue-fixture.js';
import { bodiesOf, Replica, upTo, type ReplicaOptions } from '../replica.js';

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

/** A replica with connections of its own. */
async function replica(options: ReplicaOptions = {}): Promise<Replica> {
  const started = new Replica(await fixture.database.dataSource(), options);
  replicas.push(started);
  return started;
}

const queueAt = (path: string): Promise<TestQueue> => fixture.queue(receiver.url(path));
const received = (path: string): unknown[] => bodiesOf(receiver.requestsTo(path));

describe('one replica', () => {
  it('delivers 20 queues × 50 messages in order, one at a time each, and once', async () => {
    const paths = upTo(20).map((n) => `/queue/${n}`);
    const queues = await Promise.all(paths.map(queueAt));
    const one = await replica();
    for (const from of [0, 20]) {
      const bodies = upTo(from === 0 ? 20 : 30).map((n) => from + n);
      await Promise.all(queues.map((queue) => one.publish(queue, bodies)));
    }
    await receiver.waitForCount(1_000, { timeoutMs: 20_000 });
    for (const path of paths) expect(received(path)).toEqual(upTo(50));
    expect(findOverlaps(receiver.requests)).toEqual([]);
  });

  it('goes on with other queues while one is BLOCKED, which accepts and does not send', async () => {
    receiver.script('/bad', { kind: 'answer', status: 503 }, { kind: 'answer' });
    const [bad, good] = [await queueAt('/bad'), await queueAt('/good')];
    const one = await replica();
    await one.publish(bad, [1, 2]);
    await waitFor(async () => (await fixture.row(bad)).status === 'BLOCKED');
    await one.publish(bad, [3]);
    await one.publish(good, upTo(10));
    await receiver.waitForCount(10, { path: '/good' });
    expect(received('/bad')).toEqual([1]);
    expect(await fixture.row(bad)).toMatchObject({ head_seq: '1', tail_seq: '3', leased: false });
  });

  it('tells of a failure with everything an operator needs', async () => {
    receiver.script('/bad', { kind: 'answer', status: 503 });
    const bad = await queueAt('/bad');
    const one = await replica();
    await one.publish(bad, [1]);
    const [event] = await waitFor(() => (one.emitter.failed.length ? one.emitter.failed : null));
    const row = await fixture.row(bad);
    const sent = readEnvelope(receiver.requests[0]?.body ?? Buffer.alloc(0)).header;
    expect(event).toEqual({
      integrationId: bad.queueId,
      organizationId: bad.organizationId,
      webhookId: bad.webhookId,
      messageId: sent.messageId,
      type: 'order/created',
      date: sent.date,
      attempt: 1,
      outcome: 'rejected',
      code: 'http_status',
      statusCode: 503,
      lastErrorMessage: row.last_error,
      lastTriedAt: row.last_tried_at?.toISOString(),
      nextAttemptAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(one.log.of('queue.blocked')).toHaveLength(1);
  });

  it('resumes a BLOCKED queue at its failed head once it is unblocked, and skips nothing', async () => {
    receiver.script('/bad', { kind: 'answer', status: 500 }, { kind: 'answer' });
    const bad = await queueAt('/bad');
    const one = await replica({ sweepMs: 30, probe: false });
    await one.publish(bad, upTo(3));
    await waitFor(async () => (await fixture.row(bad)).status === 'BLOCKED');
    expect(one.emitter.failed).toMatchObject([{ nextAttemptAt: null }]);
    await new QueueOperationsStore(fixture.dataSource).unblock(bad.queueId, { actor: 'ana' });
    await receiver.waitForCount(4, { path: '/bad' });
    expect(received('/bad')).toEqual([1, 1, 2, 3]);
    const ids = receiver.requests.map(({ body }) => readEnvelope(body).header.messageId);
    expect(ids[0]).toBe(ids[1]);
    await waitFor(async () => (await fixture.row(bad)).head_seq === '4');
    expect((await fixture.row(bad)).status).toBe('HEALTHY');
    expect(one.log.of('queue.unblocked')).toHaveLength(1);
  });

  it('probes a BLOCKED queue by itself until the receiver is back', async () => {
    const failures = upTo(3).map(() => ({ kind: 'answer', status: 500 }) as const);
    receiver.script('/bad', { kind: 'reset' }, ...failures, { kind: 'answer' });
    const bad = await queueAt('/bad');
    const one = await replica({ sweepMs: 20, backoff: { minMs: 20, maxMs: 80 } });
    await one.publish(bad, upTo(3));
    await receiver.waitForCount(7, { path: '/bad' });
    expect(received('/bad')).toEqual([1, 1, 1, 1, 1, 2, 3]);
    expect(one.emitter.failed.map((event) => event.attempt)).toEqual([1, 2, 3, 4]);
  });

  it('discards the messages of a removed subscription without sending them, and goes on', async () => {
    const queue = await queueAt('/other');
    receiver.script('/left', { kind: 'answer', status: 410 });
    await fixture.database.query(
      `UPDATE integration_webhook SET end_point = $2, type = 'order/completed' WHERE id = $1`,
      [queue.webhookId, receiver.url('/other')],
    );
    const [left] = await fixture.database.query<{ id: string }>(
      `INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, type, end_point, removed_at)
       SELECT gen_random_uuid(), integration_id, integration_type, organization_id, 'order/created', $2, clock_timestamp()
       FROM integration_webhook WHERE id = $1 RETURNING id`,
      [queue.webhookId, receiver.url('/left')],
    );
    const ofLeft = { ...queue, webhookId: left?.id ?? '' };
    const one = await replica();
    await fixture.enqueue([
      messageFor(ofLeft, '1'),
      messageFor(ofLeft, '2'),
      messageFor(queue, '3'),
    ]);
    one.ready.add([queue.queueId]);
    await receiver.waitForCount(1);
    expect(receiver.requests.map((request) => request.path)).toEqual(['/other']);
  });
});

describe('a wake-up', () => {
  it('is not needed for a message that comes in while its queue is at work', async () => {
    const gate = new Gate();
    receiver.script('/q', { kind: 'hold', gate }, { kind: 'answer' });
    const queue = await queueAt('/q');
    const one = await replica();
    await one.publish(queue, [1]);
    await receiver.waitForCount(1);
    await one.publish(queue, [2]);
    expect(one.emitter.processed).toHaveLength(1);
    gate.open();
    await receiver.waitForCount(2);
    expect(received('/q')).toEqual([1, 2]);
  });

  it('is never lost, however close to the end of a turn it comes: 10 queues × 100 single messages', async () => {
    const paths = upTo(10).map((n) => `/pingpong/${n}`);
    const one = await replica();
    const play = async (path: string): Promise<void> => {
      const queue = await queueAt(path);
      for (const n of upTo(100)) {
        await one.publish(queue, [n]);
        // Answered, but not yet settled: the next message races with the settle of this one.
        await receiver.waitFor((each) => each.requestsTo(path).at(n - 1)?.endedAt != null);
      }
      expect(received(path)).toEqual(upTo(100));
    };
    await Promise.all(paths.map(play));
  });
});

describe('two replicas on one database', () => {
  it('share the queues without an overlap, keep their order and send nothing twice', async () => {
    const paths = upTo(30).map((n) => `/shared/${n}`);
    const queues = await Promise.all(paths.map(queueAt));
    const gate = new Gate();
    for (const path of paths) receiver.script(path, { kind: 'hold', gate }, { kind: 'answer' });
    const others: Replica[] = [];
    const one = await replica({ others, sweepMs: 100, concurrency: 15 });
    const two = await replica({ others: [one], sweepMs: 100, concurrency: 15 });
    others.push(two);
    for (const round of upTo(8)) {
      const bodies = upTo(5).map((n) => (round - 1) * 5 + n);
      await Promise.all(
        queues.map((queue, index) => ((index + round) % 2 ? one : two).publish(queue, bodies)),
      );
    }
    // 30 requests at once, of replicas that may have 15 each: both are at work.
    await receiver.waitForCount(30);
    gate.open();
    await receiver.waitForCount(1_200, { timeoutMs: 20_000 });
    for (const path of paths) expect(received(path)).toEqual(upTo(40));
    expect(findOverlaps(receiver.requests)).toEqual([]);
    for (const each of [one, two]) {
      expect(each.log.of('delivery.fenced')).toEqual([]);
    }
  });
});
