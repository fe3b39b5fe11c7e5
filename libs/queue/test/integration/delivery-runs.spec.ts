import { InFlightDeliveries, IngestStore, QueueOperationsStore } from '@app/queue';
import { findOverlaps, Gate, readEnvelope, TcpProxy, TestReceiver, waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messagesFor, QueueFixture, type TestQueue } from '../queue-fixture.js';
import { bodiesOf, Replica, upTo, type ReplicaOptions } from '../replica.js';

let fixture: QueueFixture;
let receiver: TestReceiver;
let proxy: TcpProxy;
const replicas: Replica[] = [];
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());
beforeEach(async () => {
  receiver = await TestReceiver.start();
  proxy = await TcpProxy.start(fixture.database.url);
});
afterEach(async () => {
  proxy.release();
  await Promise.all(replicas.splice(0).map((replica) => replica.stop()));
  await Promise.all([receiver.close(), proxy.close()]);
});

/** A replica whose statements can be held up. */
async function replica(options: ReplicaOptions = {}): Promise<Replica> {
  const url = proxy.through(fixture.database.url);
  const dataSource = await fixture.database.dataSource(undefined, { url });
  // However slow this machine is at the moment, the receivers of most tests are quick.
  const started = new Replica(dataSource, { quickMs: 60_000, ...options });
  replicas.push(started);
  return started;
}

const queueAt = (path: string): Promise<TestQueue> => fixture.queue(receiver.url(path));
const received = (path: string): unknown[] => bodiesOf(receiver.requestsTo(path));

const attemptsOf = async ({ queueId }: TestQueue): Promise<string[]> => {
  const rows = await fixture.database.query<{ seq: string; attempt: number; outcome: string }>(
    `SELECT seq, attempt, outcome FROM delivery_attempt WHERE queue_id = $1 ORDER BY started_at`,
    [queueId],
  );
  return rows.map(({ seq, attempt, outcome }) => `${seq}.${attempt} ${outcome}`);
};

const holds = ({ queueId }: TestQueue, condition: string) =>
  waitFor(async () => {
    const rows = await fixture.database.query(
      `SELECT FROM integration_queue WHERE queue_id = $1 AND ${condition}`,
      [queueId],
    );
    return rows.length === 1;
  });

const filled = async (path: string, messages: number): Promise<TestQueue> => {
  const queue = await queueAt(path);
  await fixture.enqueue(messagesFor(queue, messages));
  return queue;
};

describe('requests ahead of their records', () => {
  it('are as many as configured, and one after the other', async () => {
    const queue = await filled('/ahead', 20);
    const one = await replica({ ahead: 3 });
    const held = proxy.holdRequests('record_deliveries');
    one.ready.add([queue.queueId]);
    await held.sprung();
    await receiver.waitForCount(4);
    // Nothing but the record lets a fifth begin; what is looked at next would come in the same time.
    await waitFor(() => receiver.requests.every(({ endedAt }) => endedAt !== null));
    expect(received('/ahead')).toEqual(upTo(4));
    expect(await fixture.row(queue)).toMatchObject({ head_seq: '1', leased: true });
    proxy.release();
    await receiver.waitForCount(20);
    await waitFor(async () => (await fixture.row(queue)).head_seq === '21');
    expect(received('/ahead')).toEqual(upTo(20));
    expect(findOverlaps(receiver.requests)).toEqual([]);
    expect(await attemptsOf(queue)).toEqual(upTo(20).map((n) => `${n}.1 delivered`));
    expect(await fixture.row(queue)).toMatchObject({ leased: false });
  });

  it('are none where that is configured', async () => {
    const queue = await filled('/none', 3);
    const one = await replica({ ahead: 0 });
    const held = proxy.holdRequests('record_deliveries');
    one.ready.add([queue.queueId]);
    await held.sprung();
    expect(received('/none')).toEqual([1]);
    proxy.release();
    await receiver.waitForCount(3);
  });

  it('are repeated in order, and no others, by whoever claims the queue after a crash', async () => {
    const queue = await filled('/crash', 12);
    const crashing = await replica({ ahead: 5 });
    const held = proxy.holdRequests('record_deliveries');
    crashing.ready.add([queue.queueId]);
    await held.sprung();
    await receiver.waitForCount(6);
    // The lease of a process that is gone runs out; what it had sent is not recorded.
    await fixture.set(queue, `lease_until = clock_timestamp() - interval '1 ms'`);
    const heir = new Replica(await fixture.database.dataSource());
    replicas.push(heir);
    heir.ready.add([queue.queueId]);
    await receiver.waitForCount(18);
    await waitFor(async () => (await fixture.row(queue)).head_seq === '13');
    expect(received('/crash')).toEqual([...upTo(6), ...upTo(12)]);
    // The one that was believed dead is refused.
    proxy.release();
    await waitFor(() => crashing.log.of('delivery.fenced').length === 6);
    expect(await attemptsOf(queue)).toEqual(upTo(12).map((n) => `${n}.1 delivered`));
    expect(await fixture.row(queue)).toMatchObject({ head_seq: '13', leased: false });
  });
});

describe('a run', () => {
  it('records what was delivered before it records a failure, and sends nothing behind that', async () => {
    const queue = await filled('/fails', 9);
    const ok = { kind: 'answer' } as const;
    receiver.script('/fails', ok, ok, ok, ok, { kind: 'answer', status: 503 });
    const one = await replica();
    one.ready.add([queue.queueId]);
    await waitFor(async () => (await fixture.row(queue)).status === 'BLOCKED');
    expect(received('/fails')).toEqual(upTo(5));
    expect(await fixture.row(queue)).toMatchObject({ head_seq: '5', attempts: 1, leased: false });
    expect(await attemptsOf(queue)).toEqual([
      ...upTo(4).map((n) => `${n}.1 delivered`),
      '5.1 rejected',
    ]);
  });

  it('counts once what was recorded although the answer was lost, and goes on', async () => {
    const queue = await filled('/lost', 12);
    const one = await replica({ ahead: 2 });
    proxy.loseAnswerTo('record_deliveries');
    one.ready.add([queue.queueId]);
    await receiver.waitForCount(12, { timeoutMs: 15_000 });
    await waitFor(async () => (await fixture.row(queue)).head_seq === '13');
    expect(one.log.of('outcome.not_recorded').length).toBeGreaterThan(0);
    expect(received('/lost')).toEqual(upTo(12));
    expect(await attemptsOf(queue)).toEqual(upTo(12).map((n) => `${n}.1 delivered`));
    expect(await fixture.row(queue)).toMatchObject({ leased: false });
  });

  it('stops where its queue is paused, and gives the lease back', async () => {
    const queue = await filled('/paused', 40);
    const one = await replica({ ahead: 2 });
    const held = proxy.holdRequests('record_deliveries');
    one.ready.add([queue.queueId]);
    await held.sprung();
    // Answered when nothing is sent any more, so it has to be waited for in another way.
    const pausing = new QueueOperationsStore(fixture.dataSource).pause(queue.queueId, {
      actor: 'ana',
    });
    await holds(queue, 'paused_at IS NOT NULL');
    await receiver.waitForCount(3);
    proxy.release();
    await pausing;
    expect(await fixture.row(queue)).toMatchObject({ leased: false });
    const { head_seq } = await fixture.row(queue);
    expect(received('/paused')).toEqual(upTo(Number(head_seq) - 1));
    expect(Number(head_seq)).toBeLessThan(40);
  });

  it('does not run ahead of a receiver that is slower than a commit: a change holds for the next message', async () => {
    const gate = new Gate();
    receiver.script('/slow', { kind: 'hold', gate });
    const queue = await filled('/slow', 6);
    const one = await replica({ quickMs: 50 });
    one.ready.add([queue.queueId]);
    await receiver.waitForCount(1);
    await fixture.database.query(`UPDATE integration_webhook SET end_point = $2 WHERE id = $1`, [
      queue.webhookId,
      receiver.url('/moved'),
    ]);
    const startedAt = performance.now();
    await waitFor(() => performance.now() - startedAt > 100);
    gate.open();
    await receiver.waitForCount(5, { path: '/moved' });
    expect(received('/slow')).toEqual([1]);
    expect(received('/moved')).toEqual([2, 3, 4, 5, 6]);
  });

  it('keeps what it holds in hand from being discarded, and from a change that is answered', async () => {
    const queue = await filled('/held', 30);
    // Who asks for something in flight looks at the row again and again, and a claim passes over it then.
    const one = await replica({ ahead: 0, sweepMs: 50 });
    const held = proxy.holdRequests('record_deliveries');
    one.ready.add([queue.queueId]);
    await held.sprung();
    const operations = new QueueOperationsStore(fixture.dataSource);
    const { messages } = await messageIds(queue);
    const discard = (n: number) =>
      operations.discard(queue.queueId, messages[n - 1] ?? '', { actor: 'ana', reason: 'test' });
    const within = discard(20);
    const behind = discard(21);
    await holds(queue, 'set_aside_seq = 21');
    const ended = new InFlightDeliveries(fixture.dataSource).ended(
      [queue.queueId],
      queue.webhookId,
    );
    proxy.release();
    await ended;
    expect(Number((await fixture.row(queue)).head_seq)).toBeGreaterThan(20);
    expect([await within, await behind]).toMatchObject([
      { verdict: 'not_waiting' },
      { verdict: 'changed' },
    ]);
    await receiver.waitForCount(29);
    expect(received('/held')).toEqual(upTo(30).filter((n) => n !== 21));
  });
});

const messageIds = async ({ queueId }: TestQueue): Promise<{ messages: string[] }> => {
  const rows = await fixture.database.query<{ id: string }>(
    'SELECT message_id AS id FROM integration_queue_message WHERE queue_id = $1 ORDER BY seq',
    [queueId],
  );
  return { messages: rows.map(({ id }) => id) };
};

describe('an idle queue', () => {
  it('is leased by the transaction that enqueues into it, and sent without a claim', async () => {
    const queue = await queueAt('/idle');
    const one = await replica();
    proxy.holdRequests('claim_queues');
    await one.publish(queue, upTo(5));
    await receiver.waitForCount(5);
    await waitFor(async () => (await fixture.row(queue)).head_seq === '6');
    expect(received('/idle')).toEqual(upTo(5));
    expect(await fixture.row(queue)).toMatchObject({ lease_token: '1', leased: false });
    const { date, messageId } = readEnvelope(receiver.requests[4]?.body ?? Buffer.alloc(0)).header;
    const stored = await fixture.database.one<{ id: string; at: Date }>(
      `SELECT message_id AS id, enqueued_at AS at FROM integration_queue_message WHERE queue_id = $1 AND seq = 5`,
      [queue.queueId],
    );
    expect({ id: messageId, at: new Date(String(date)) }).toEqual(stored);
  });

  it('is not leased while messages wait in it, a lease is out, or it may not be sent', async () => {
    const [waiting, leased, paused] = [
      await filled('/waiting', 1),
      await queueAt('/leased'),
      await queueAt('/paused'),
    ];
    await fixture.set(leased, `lease_until = clock_timestamp() + interval '30 s'`);
    await fixture.set(paused, `paused_at = clock_timestamp()`);
    const taking = { owner: 'test', leaseMs: 30_000, runMessages: 20 };
    const takes = new IngestStore(fixture.dataSource, undefined, taking);
    const queues = [waiting, leased, paused];
    const result = await takes.ingest(
      {
        messages: queues.flatMap((queue) => messagesFor(queue, 1, 9)),
        deadLetters: [],
        locations: [],
      },
      new Set(queues.map(({ queueId }) => queueId)),
    );
    expect(result.queues.map(({ lease }) => lease)).toEqual([undefined, undefined, undefined]);
  });

  it('is given back at once where the answer of that transaction was lost', async () => {
    const queue = await queueAt('/unknown');
    const one = await replica();
    proxy.loseAnswerTo('enqueue_messages');
    await expect(one.publish(queue, [1])).rejects.toThrow(/terminated|closed|reset|ended/i);
    await waitFor(async () => {
      const { tail_seq, leased } = await fixture.row(queue);
      return tail_seq === '1' && !leased;
    });
    one.ready.add([queue.queueId]);
    await receiver.waitForCount(1);
    expect(received('/unknown')).toEqual([1]);
  });
});
