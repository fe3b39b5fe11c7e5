import {
  crash,
  crashAll,
  Gate,
  startDeployment,
  TcpProxy,
  TestReceiver,
  waitFor,
  type Deployment,
  type LogLine,
  type ServiceProcess,
} from '@app/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Subscriber } from './subscriber.js';

/** Long enough for a busy machine to answer a request, and it has to run out once. */
const LEASE = { DELIVERY_TIMEOUT_MS: '3000', DELIVERY_LEASE_MS: '8000' };
const ingesting = { ROLES: 'ingest' };
const delivering = { ROLES: 'deliver', ...LEASE };

let deployment: Deployment;
let receiver: TestReceiver;
let proxy: TcpProxy;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([
    startDeployment({ replicas: 0 }),
    TestReceiver.start(),
  ]);
  proxy = await TcpProxy.start(deployment.database.url);
});

afterEach(async () => {
  await crashAll(deployment);
  proxy.release();
});

afterAll(async () => {
  await deployment.dispose();
  await Promise.all([receiver.close(), proxy.close()]);
});

/** A replica whose statements go through the proxy. */
const behindProxy = (env: Record<string, string>): Promise<ServiceProcess> =>
  deployment.start({ ...env, DATABASE_URL: proxy.through(deployment.database.url) });

const firstBatch = (service: ServiceProcess): Promise<LogLine> =>
  service.log.waitFor('batch.enqueued');

describe('kill -9 of a replica that ingests', () => {
  it('between the commit and the wake-up: a sweeper delivers, and the redelivery adds nothing', async () => {
    const subscriber = await Subscriber.create(deployment, receiver);
    const [crashing] = await Promise.all([behindProxy(ingesting), deployment.start(delivering)]);
    // Its answer is what the wake-up waits for.
    const committed = proxy.holdAnswers('enqueue_messages');
    await subscriber.publish(1, 2, 3);
    await committed.sprung();
    await waitFor(async () => (await subscriber.queue()).tailSeq === 3);
    await crash(deployment, crashing);

    await subscriber.received(3);
    expect(crashing.log.of('batch.enqueued')).toEqual([]);

    const next = await deployment.start(ingesting);
    expect(await firstBatch(next)).toMatchObject({ records: 3, messages: 0, duplicates: 3 });
    await subscriber.publish(4);
    await subscriber.received(4);
    expect(subscriber.numbers).toEqual([1, 2, 3, 4]);
  });

  it('before the commit: the next replica gets the same records', async () => {
    const subscriber = await Subscriber.create(deployment, receiver);
    const crashing = await behindProxy({ ROLES: 'ingest,deliver', ...LEASE });
    const reached = proxy.holdRequests('enqueue_messages');
    await subscriber.publish(1, 2, 3);
    await reached.sprung();
    await crash(deployment, crashing);
    expect(await subscriber.queue()).toMatchObject({ tailSeq: 0 });

    const next = await deployment.start({ ROLES: 'ingest,deliver', ...LEASE });
    await subscriber.received(3);
    expect(await firstBatch(next)).toMatchObject({ records: 3, messages: 3, duplicates: 0 });
    expect(subscriber.numbers).toEqual([1, 2, 3]);
  });
});

describe('kill -9 of a replica that delivers', () => {
  it('between the 2xx and its record: every queue repeats that one message and goes on in order', async () => {
    const subscribers = await Subscriber.createMany(20, deployment, receiver);
    const gate = new Gate();
    for (const { path } of subscribers)
      receiver.script(path, { kind: 'hold', gate }, { kind: 'answer' });
    const [crashing] = await Promise.all([behindProxy(delivering), deployment.start(ingesting)]);
    const unrecorded = proxy.holdRequests('settle_attempts');
    await deployment.publish(...subscribers.flatMap((subscriber) => subscriber.records(1, 2, 3)));
    await receiver.waitFor(() => subscribers.every(({ events }) => events.length === 1), {
      timeoutMs: 20_000,
    });
    gate.open();
    await receiver.waitFor(() =>
      subscribers.every(({ events }) => events[0]?.request.endedAt !== null),
    );
    // One statement at a time records outcomes: while it is held, none of the twenty is recorded.
    await unrecorded.sprung();
    await crash(deployment, crashing);

    await deployment.start(delivering);
    await Promise.all(subscribers.map((subscriber) => subscriber.received(4)));
    await waitFor(async () => (await idleQueues(subscribers)).length === 20);
    for (const subscriber of subscribers) {
      expect(subscriber.numbers).toEqual([1, 1, 2, 3]);
      expect(new Set(subscriber.events.map(({ messageId }) => messageId)).size).toBe(3);
      expect(await subscriber.attempts()).toEqual([
        '1.1 delivered',
        '2.1 delivered',
        '3.1 delivered',
      ]);
    }
  });

  it('after the record, before it knows of it: nothing is repeated', async () => {
    const subscriber = await Subscriber.create(deployment, receiver);
    const [crashing] = await Promise.all([behindProxy(delivering), deployment.start(ingesting)]);
    const recorded = proxy.holdAnswers('settle_attempts');
    await subscriber.publish(1);
    await recorded.sprung();
    await waitFor(async () => (await subscriber.queue()).headSeq === 2);
    await crash(deployment, crashing);

    await deployment.start(delivering);
    await subscriber.publish(2);
    await subscriber.received(2);
    expect(subscriber.numbers).toEqual([1, 2]);
  });
});

/** Those whose messages are all delivered and recorded. */
async function idleQueues(subscribers: readonly Subscriber[]): Promise<Subscriber[]> {
  const rows = await Promise.all(subscribers.map((subscriber) => subscriber.queue()));
  return subscribers.filter((_, index) => {
    const row = rows[index];
    return row !== undefined && row.headSeq > row.tailSeq && row.free && row.status === 'HEALTHY';
  });
}
