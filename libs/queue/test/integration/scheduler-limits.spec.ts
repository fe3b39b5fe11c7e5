import { randomUUID } from 'node:crypto';
import { findOverlaps, Gate, TestReceiver, waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messagesFor, QueueFixture, type TestQueue } from '../queue-fixture.js';
import { bodiesOf, Replica, upTo, type ReplicaOptions } from '../replica.js';

let fixture: QueueFixture;
let receiver: TestReceiver;
const replicas: Replica[] = [];
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

async function replica(options: ReplicaOptions = {}): Promise<Replica> {
  const started = new Replica(await fixture.database.dataSource(), options);
  replicas.push(started);
  return started;
}

const queueAt = (path: string): Promise<TestQueue> => fixture.queue(receiver.url(path));
const received = (path: string): unknown[] => bodiesOf(receiver.requestsTo(path));

const leases = async (): Promise<number> =>
  (
    await fixture.database.one<{ n: number }>(
      'SELECT count(*)::int AS n FROM integration_queue WHERE lease_until > clock_timestamp()',
    )
  ).n;

describe('the limit of requests to one origin', () => {
  it('holds, and queues that found it full are sent as soon as there is room, without a sweep', async () => {
    const gate = new Gate();
    const paths = upTo(8).map((n) => `/origin/${n}`);
    for (const path of paths) receiver.script(path, { kind: 'hold', gate }, { kind: 'answer' });
    const queues = await Promise.all(paths.map(queueAt));
    const one = await replica({ perOrigin: 2 });
    await Promise.all(queues.map((queue) => one.publish(queue, upTo(3))));
    await receiver.waitForCount(2);
    await waitFor(async () => (await leases()) === 2);
    expect(one.scheduler.inFlight).toBe(2);
    gate.open();
    await receiver.waitForCount(24);
    for (const path of paths) expect(received(path)).toEqual(upTo(3));
    const slots = findOverlaps(receiver.requests, () => 'one origin');
    for (const [earlier, later] of slots) {
      const between = receiver.requests.filter(
        ({ startedAt, endedAt }) =>
          startedAt <= later.startedAt && (endedAt ?? Infinity) > later.startedAt,
      );
      expect(between.length, `while ${earlier.path} ran`).toBeLessThanOrEqual(2);
    }
  });

  it('does not delay another origin', async () => {
    const other = await TestReceiver.start();
    receiver.script('/slow', { kind: 'hang' });
    const slow = await Promise.all(upTo(5).map(() => queueAt('/slow')));
    const fast = await fixture.queue(other.url('/fast'));
    const one = await replica({ perOrigin: 2, concurrency: 3 });
    await Promise.all(slow.map((queue) => one.publish(queue, [1])));
    await receiver.waitForCount(2);
    await one.publish(fast, upTo(50));
    await other.waitForCount(50);
    expect(receiver.requests).toHaveLength(2);
    await receiver.close();
    receiver = await TestReceiver.start();
    await other.close();
  });

  it('takes no more slots, however many webhooks of one customer lead there', async () => {
    const other = await TestReceiver.start();
    const gate = new Gate();
    receiver.script('/slow', { kind: 'hold', gate });
    const organizationId = randomUUID();
    const slow = await Promise.all(
      upTo(1_000).map(() => fixture.queueOf(organizationId, receiver.url('/slow'))),
    );
    const fast = await fixture.queue(other.url('/fast'));
    const one = await replica({ perOrigin: 8, concurrency: 16 });
    // One record for all of them.
    await one.publish(slow[0] ?? fast, [1]);
    await receiver.waitForCount(8);

    await one.publish(fast, upTo(200));
    await other.waitForCount(200);

    expect(bodiesOf(other.requests)).toEqual(upTo(200));
    expect(receiver.requests).toHaveLength(8);
    gate.open();
    await receiver.waitForCount(1_000, { timeoutMs: 60_000 });
    await other.close();
  }, 90_000);

  it('is no concern of a message that is discarded: it does not wait for a place', async () => {
    const gate = new Gate();
    receiver.script('/held', { kind: 'hold', gate });
    const [held, removed] = [await queueAt('/held'), await queueAt('/removed')];
    await fixture.enqueue(messagesFor(removed, 2));
    await fixture.database.query(
      'UPDATE integration_webhook SET removed_at = clock_timestamp() WHERE id = $1',
      [removed.webhookId],
    );
    const one = await replica({ perOrigin: 1 });
    await one.publish(held, [1]);
    await receiver.waitForCount(1);
    one.ready.add([removed.queueId]);
    await waitFor(async () => (await fixture.row(removed)).head_seq === '3');
    expect(await fixture.row(held)).toMatchObject({ status: 'HEALTHY', leased: true });
    expect(receiver.requests).toHaveLength(1);
    gate.open();
  });

  it('is shared: a queue with a long backlog does not keep the others of its origin waiting', async () => {
    const [long, short] = [await queueAt('/long'), await queueAt('/short')];
    const gate = new Gate();
    receiver.script('/long', { kind: 'hold', gate }, { kind: 'answer' });
    const one = await replica({ perOrigin: 1 });
    await one.publish(long, upTo(300));
    await receiver.waitForCount(1);
    await one.publish(short, [1]);
    await waitFor(() => one.log.of('batch.enqueued').length === 2);
    gate.open();
    await receiver.waitForCount(301, { timeoutMs: 15_000 });
    // A turn is 20 messages; the rest is what is under way while the turn changes.
    expect(receiver.requestsTo('/short')[0]?.index).toBeLessThan(60);
    expect(received('/long')).toEqual(upTo(300));
  });
});

describe('the limit of queues at work', () => {
  it('holds, and turns are shared: a long backlog gives way to those that wait', async () => {
    const long = await queueAt('/long');
    const short = await Promise.all(['/a', '/b', '/c'].map(queueAt));
    const one = await replica({ concurrency: 1 });
    await one.publish(long, upTo(300));
    await Promise.all(short.map((queue) => one.publish(queue, [1])));
    await receiver.waitForCount(303, { timeoutMs: 15_000 });
    expect(findOverlaps(receiver.requests, () => 'one slot')).toEqual([]);
    for (const path of ['/a', '/b', '/c']) {
      expect(receiver.requestsTo(path)[0]?.index, path).toBeLessThan(150);
    }
  });
});

describe('stopping', () => {
  it('waits for the request in flight and its record, sends no more, and leaves no lease', async () => {
    const gate = new Gate();
    receiver.script('/q', { kind: 'hold', gate });
    const queue = await queueAt('/q');
    const one = await replica();
    await one.publish(queue, upTo(5));
    await receiver.waitForCount(1);
    let hasStopped = false;
    const stopping = one.scheduler.stop().then(() => (hasStopped = true));
    one.ready.add([queue.queueId]);
    expect(await leases()).toBe(1);
    expect(hasStopped).toBe(false);
    gate.open();
    await stopping;
    expect(received('/q')).toEqual([1]);
    expect(await fixture.row(queue)).toMatchObject({ head_seq: '2', leased: false });
    expect(one.scheduler.inFlight).toBe(0);
    const two = await replica();
    two.ready.add([queue.queueId]);
    await receiver.waitForCount(5);
    expect(received('/q')).toEqual(upTo(5));
  });

  it('is done at once where nothing is in flight, and nothing starts afterwards', async () => {
    const [queue, other] = [await queueAt('/q'), await queueAt('/other')];
    const one = await replica();
    await one.scheduler.stop();
    await one.publish(queue, [1]);
    const two = await replica();
    await two.publish(other, [1]);
    await receiver.waitForCount(1);
    expect(receiver.requests.map((request) => request.path)).toEqual(['/other']);
    expect((await fixture.row(queue)).lease_token).toBe('0');
  });
});

describe('what is not the fault of the receiver', () => {
  it('a lease that would end before the request: nothing is sent, and the lease is given back', async () => {
    const queue = await queueAt('/q');
    const hasty = await replica({ leaseMs: 2_000, neededOfLeaseMs: 2_500 });
    await hasty.publish(queue, [1]);
    await waitFor(() => hasty.log.of('lease.too_short').length === 1);
    await waitFor(async () => !(await fixture.row(queue)).leased);
    const patient = await replica();
    patient.ready.add([queue.queueId]);
    await receiver.waitForCount(1);
    await waitFor(async () => (await fixture.row(queue)).head_seq === '2');
    expect(receiver.requests).toHaveLength(1);
    expect(hasty.log.of('delivery.attempted')).toEqual([]);
    expect(hasty.metrics.leaseLosses).toEqual(['too_short']);
  });

  it('a secret that cannot be read: nothing is sent, the queue rests, and nobody is blamed', async () => {
    const queue = await queueAt('/q');
    const wrong = await replica({ secretsKey: 'x'.repeat(32) });
    await wrong.publish(queue, [1]);
    await waitFor(() => wrong.log.of('delivery.not_attempted').length === 1);
    const row = await waitFor(async () => {
      const current = await fixture.row(queue);
      return !current.leased && current;
    });
    expect(row).toMatchObject({ status: 'HEALTHY', attempts: 0, head_seq: '1' });
    expect(row.due_in).toBeGreaterThan(0);
    const attempts = await fixture.database.query(
      'SELECT FROM delivery_attempt WHERE queue_id = $1',
      [queue.queueId],
    );
    expect(attempts).toEqual([]);
    await replica({ sweepMs: 50 });
    await receiver.waitForCount(1);
    expect(received('/q')).toEqual([1]);
  });
});
