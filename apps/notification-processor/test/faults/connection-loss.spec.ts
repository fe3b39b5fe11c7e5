import { waitFor, type ServiceProcess } from '@app/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FaultScene, LONG_LEASE, SHORT_LEASE } from './fault-scene.js';

let scene: FaultScene;

beforeAll(async () => {
  scene = await FaultScene.create();
});
afterEach(() => scene.clear());
afterAll(() => scene.dispose());

describe('a database connection that breaks', () => {
  it('after an outcome was recorded: it is not sent again, and the queue goes on at once', async () => {
    const subscriber = await scene.subscriber();
    const service = await scene.startBehindProxy(LONG_LEASE);
    const recorded = scene.proxy.holdAnswers('record_deliveries');
    await subscriber.publish(1, 2);
    await recorded.answered();
    expect(await subscriber.queue()).toMatchObject({ headSeq: 2, free: false });
    scene.proxy.resetHeld();

    await subscriber.received(2);
    await waitFor(() => subscriber.isIdle());
    expect(service.log.of('outcome.not_recorded')).toHaveLength(1);
    expect(subscriber.numbers).toEqual([1, 2]);
    expect(await subscriber.attempts()).toEqual(['1.1 delivered', '2.1 delivered']);
  });

  it('before an outcome was recorded: it is recorded later, without a second request', async () => {
    const subscriber = await scene.subscriber();
    const service = await scene.startBehindProxy(LONG_LEASE);
    const unrecorded = scene.proxy.holdRequests('record_deliveries');
    await subscriber.publish(1, 2);
    await unrecorded.sprung();
    expect(await subscriber.queue()).toMatchObject({ headSeq: 1, free: false });
    scene.proxy.resetHeld();

    await subscriber.received(2);
    await waitFor(() => subscriber.isIdle());
    expect(service.log.of('outcome.not_recorded')).toHaveLength(1);
    expect(subscriber.numbers).toEqual([1, 2]);
    expect(await subscriber.attempts()).toEqual(['1.1 delivered', '2.1 delivered']);
  });

  it('after a batch was stored: the second try finds it there, and its queue is not forgotten', async () => {
    const subscriber = await scene.subscriber();
    const service = await scene.startBehindProxy(LONG_LEASE);
    const stored = scene.proxy.holdAnswers('enqueue_messages');
    await subscriber.publish(1, 2, 3);
    await stored.answered();
    scene.proxy.resetHeld();

    expect(await service.log.waitFor('batch.enqueued')).toMatchObject({
      records: 3,
      messages: 0,
      duplicates: 3,
    });
    expect(service.log.of('batch.failed')).toHaveLength(1);
    await subscriber.received(3);
    await waitFor(() => subscriber.isIdle());
    expect(subscriber.numbers).toEqual([1, 2, 3]);
  });

  it('again and again under traffic: nothing is lost, repeated or blocked', async () => {
    const subscribers = await scene.subscribers(10);
    const service = await scene.start(SHORT_LEASE);
    const numbers = Array.from({ length: 40 }, (_, index) => index);
    const deliveries = 10 * numbers.length;
    await scene.deployment.publish(...subscribers.flatMap((each) => each.records(...numbers)));
    const before = scene.receiver.requests.length;
    for (let round = 1; round <= 8; round++) {
      await breakConnections();
      // So that every round meets work under way.
      await scene.receiver.waitFor(
        ({ requests }) => requests.length >= before + (round * deliveries) / 10,
        { timeoutMs: 30_000 },
      );
    }

    for (const subscriber of subscribers) {
      await subscriber.received(numbers.length);
      await waitFor(() => subscriber.isIdle());
      expect(subscriber.numbers).toEqual(numbers);
    }
    expectUnharmed(service);
  });
});

/** Ends every session of the service, as an administrator or a failing server would. */
async function breakConnections(): Promise<void> {
  await waitFor(async () => {
    const ended = await scene.deployment.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'happycolis%'`,
    );
    return ended.length > 0;
  });
}

function expectUnharmed(service: ServiceProcess): void {
  expect(service.hasExited).toBe(false);
  for (const event of ['group.left', 'consumer.restarted', 'queue.blocked', 'outcome.lost'])
    expect(service.log.of(event), event).toEqual([]);
}
