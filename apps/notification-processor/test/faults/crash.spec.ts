import { crash, Gate, waitFor, type LogLine, type ServiceProcess } from '@app/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FaultScene, SHORT_LEASE } from './fault-scene.js';

const ingesting = { ROLES: 'ingest' };
const delivering = { ROLES: 'deliver' };

let scene: FaultScene;

beforeAll(async () => {
  scene = await FaultScene.create(SHORT_LEASE);
});
afterEach(() => scene.clear());
afterAll(() => scene.dispose());

const firstBatch = (service: ServiceProcess): Promise<LogLine> =>
  service.log.waitFor('batch.enqueued');

describe('kill -9 of a replica that ingests', () => {
  it('between the commit and the wake-up: a sweeper delivers, and the redelivery adds nothing', async () => {
    const subscriber = await scene.subscriber();
    const [crashing] = await Promise.all([
      scene.startBehindProxy(ingesting),
      scene.start(delivering),
    ]);
    // Its answer is what the wake-up waits for.
    const committed = scene.proxy.holdAnswers('enqueue_messages');
    await subscriber.publish(1, 2, 3);
    await committed.answered();
    expect(await subscriber.queue()).toMatchObject({ tailSeq: 3 });
    await crash(scene.deployment, crashing);

    await subscriber.received(3);
    expect(crashing.log.of('batch.enqueued')).toEqual([]);

    const next = await scene.start(ingesting);
    expect(await firstBatch(next)).toMatchObject({ records: 3, messages: 0, duplicates: 3 });
    await subscriber.publish(4);
    await subscriber.received(4);
    expect(subscriber.numbers).toEqual([1, 2, 3, 4]);
  });

  it('before the commit: the next replica gets the same records', async () => {
    const subscriber = await scene.subscriber();
    const crashing = await scene.startBehindProxy();
    const reached = scene.proxy.holdRequests('enqueue_messages');
    await subscriber.publish(1, 2, 3);
    await reached.sprung();
    await crash(scene.deployment, crashing);
    expect(await subscriber.queue()).toMatchObject({ tailSeq: 0 });

    const next = await scene.start();
    await subscriber.received(3);
    expect(await firstBatch(next)).toMatchObject({ records: 3, messages: 3, duplicates: 0 });
    expect(subscriber.numbers).toEqual([1, 2, 3]);
  });
});

describe('kill -9 of a replica that delivers', () => {
  it('between the 2xx and its record, with none ahead: every queue repeats that one message and goes on in order', async () => {
    const subscribers = await scene.subscribers(20);
    const gate = new Gate();
    for (const { path } of subscribers)
      scene.receiver.script(path, { kind: 'hold', gate }, { kind: 'answer' });
    const [crashing] = await Promise.all([
      scene.startBehindProxy({ ...delivering, DELIVERY_AHEAD: '0' }),
      scene.start(ingesting),
    ]);
    const unrecorded = scene.proxy.holdRequests('record_deliveries');
    await scene.deployment.publish(
      ...subscribers.flatMap((subscriber) => subscriber.records(1, 2, 3)),
    );
    await scene.receiver.waitFor(() => subscribers.every(({ events }) => events.length === 1), {
      timeoutMs: 20_000,
    });
    gate.open();
    await scene.receiver.waitFor(() =>
      subscribers.every(({ events }) => events[0]?.request.endedAt !== null),
    );
    // One statement at a time records outcomes: while it is held, none of the twenty is recorded.
    await unrecorded.sprung();
    await crash(scene.deployment, crashing);

    await scene.start(delivering);
    await Promise.all(subscribers.map((subscriber) => subscriber.received(4)));
    for (const subscriber of subscribers) {
      await waitFor(() => subscriber.isIdle());
      expect(subscriber.numbers).toEqual([1, 1, 2, 3]);
      expect(new Set(subscriber.events.map(({ messageId }) => messageId)).size).toBe(3);
      expect(await subscriber.attempts()).toEqual([
        '1.1 delivered',
        '2.1 delivered',
        '3.1 delivered',
      ]);
    }
  });

  it('ahead of its records: queues repeat those in order, and no more than the limit', async () => {
    const ahead = 4;
    const subscribers = await scene.subscribers(5);
    const [crashing] = await Promise.all([
      scene.startBehindProxy({ ...delivering, DELIVERY_AHEAD: String(ahead) }),
      scene.start(ingesting),
    ]);
    const unrecorded = scene.proxy.holdRequests('record_deliveries');
    const numbers = Array.from({ length: 20 }, (_, n) => n + 1);
    await scene.deployment.publish(
      ...subscribers.flatMap((subscriber) => subscriber.records(...numbers)),
    );
    await unrecorded.sprung();
    // Others may not have been claimed yet, or their first request took long: they are not run ahead of.
    await waitFor(() => subscribers.some(({ events }) => events.length === ahead + 1));
    await crash(scene.deployment, crashing);

    await scene.start(delivering);
    await Promise.all(subscribers.map((subscriber) => waitFor(() => subscriber.isIdle())));
    const repeats = subscribers.map((each) => each.numbers.length - numbers.length);
    expect(Math.max(...repeats)).toBe(ahead + 1);
    for (const [index, subscriber] of subscribers.entries()) {
      expect(subscriber.numbers).toEqual([...numbers.slice(0, repeats[index]), ...numbers]);
    }
  });

  it('after the record, before it knows of it: nothing is repeated', async () => {
    const subscriber = await scene.subscriber();
    const [crashing] = await Promise.all([
      scene.startBehindProxy(delivering),
      scene.start(ingesting),
    ]);
    const recorded = scene.proxy.holdAnswers('record_deliveries');
    await subscriber.publish(1);
    await recorded.answered();
    expect(await subscriber.queue()).toMatchObject({ headSeq: 2 });
    await crash(scene.deployment, crashing);

    await scene.start(delivering);
    await subscriber.publish(2);
    await subscriber.received(2);
    expect(subscriber.numbers).toEqual([1, 2]);
  });
});
