import {
  Gate,
  startKafka,
  startPostgres,
  waitFor,
  withAdmin,
  type KafkaServer,
  type PostgresServer,
  type ServiceProcess,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FaultScene } from './fault-scene.js';

const OUTAGE_MS = 10_000;

/** Servers of their own, durable, in place of the ones that others use too. */
let postgres: PostgresServer;
let kafka: KafkaServer;
let withoutDatabase: FaultScene;
let withoutBroker: FaultScene;
let withoutTopic: FaultScene;

beforeAll(async () => {
  const log = (): void => undefined;
  [postgres, kafka] = await Promise.all([startPostgres({ log }), startKafka({ log })]);
  const given = inject('infrastructure');
  const { databaseUrl } = postgres;
  withoutDatabase = await FaultScene.create({}, { ...given, databaseUrl });
  withoutBroker = await FaultScene.create({}, { ...given, brokers: kafka.brokers });
  // kafkajs takes half a minute and more to give the topic up; a request is held for so long.
  withoutTopic = await FaultScene.create({
    DELIVERY_TIMEOUT_MS: '60000',
    DELIVERY_LEASE_MS: '90000',
  });
});
afterAll(async () => {
  const scenes = [withoutDatabase, withoutBroker, withoutTopic];
  await Promise.all(scenes.map((scene) => scene.dispose()));
  await Promise.all([postgres.dispose(), kafka.dispose()]);
});

// Side by side, because most of the time goes by in waiting.
describe.concurrent('an outage', () => {
  it('of the database, killed for 10 s, costs nothing: no record, no second request, no blocked queue, no process', async () => {
    const [held, ...others] = await withoutDatabase.subscribers(10);
    if (!held) throw new Error('no subscriber');
    const gate = new Gate();
    withoutDatabase.receiver.script(held.path, { kind: 'hold', gate }, { kind: 'answer' });
    const replicas = await Promise.all([withoutDatabase.start(), withoutDatabase.start()]);
    await held.publish(1, 2, 3);
    await held.received(1);
    const numbers = Array.from({ length: 60 }, (_, n) => n);
    const [early, late] = [numbers.slice(0, 30), numbers.slice(30)];
    await withoutDatabase.deployment.publish(...others.flatMap((each) => each.records(...early)));
    await withoutDatabase.receiver.waitForCount(30, { timeoutMs: 20_000 });

    const downSince = performance.now();
    await postgres.kill();
    gate.open();
    await withoutDatabase.receiver.waitFor(() => held.events[0]?.request.endedAt !== null);
    await withoutDatabase.deployment.publish(...others.flatMap((each) => each.records(...late)));
    const holder = await firstToSay(replicas, 'outcome.not_recorded');
    await firstToSay(replicas, 'batch.failed');
    await waitFor(async () => (await holder.health('ready')).status === 503);
    await outageSince(downSince);
    await postgres.start();

    for (const subscriber of others) await subscriber.received(numbers.length, 60_000);
    await held.received(3, 60_000);
    await waitFor(async () => (await Promise.all(replicas.map(isReady))).every(Boolean));
    for (const subscriber of others) {
      await waitFor(() => subscriber.isIdle());
      expect(subscriber.numbers).toEqual(numbers);
    }
    expect(held.numbers).toEqual([1, 2, 3]);
    expect(await held.attempts()).toEqual(['1.1 delivered', '2.1 delivered', '3.1 delivered']);
    for (const { hasExited, log } of replicas) {
      expect(hasExited).toBe(false);
      for (const event of ['group.left', 'consumer.restarted', 'queue.blocked', 'outcome.lost'])
        expect(log.of(event), event).toEqual([]);
    }
  });

  it('of the broker, killed for 10 s, stops no delivery of what is queued, and ingest goes on where it was', async () => {
    const [held, failing, ...others] = await withoutBroker.subscribers(10);
    if (!held || !failing) throw new Error('no subscribers');
    const gate = new Gate();
    const refusal = { kind: 'answer', status: 500 } as const;
    withoutBroker.receiver.script(held.path, { kind: 'hold', gate }, { kind: 'answer' });
    const behaviours = [{ kind: 'hold', gate }, refusal, { kind: 'answer' }] as const;
    withoutBroker.receiver.script(failing.path, ...behaviours);
    const service = await withoutBroker.start();
    for (const subscriber of [held, failing]) {
      await subscriber.publish(1, 2, 3);
      await waitFor(async () => (await subscriber.queue()).tailSeq === 3);
      await subscriber.received(1);
    }
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    await withoutBroker.deployment.publish(...others.flatMap((each) => each.records(...numbers)));
    const downSince = performance.now();
    await kafka.kill();

    gate.open();
    await held.received(3, 10_000);
    // One request more: the second message was refused, and its queue was probed.
    await failing.received(4, 10_000);
    await outageSince(downSince);
    expect((await service.health('live')).status).toBe(200);
    await kafka.start();

    await withoutBroker.deployment.publish(...[held, failing].flatMap((each) => each.records(4)));
    for (const subscriber of others) await subscriber.received(numbers.length, 60_000);
    await held.received(4, 60_000);
    await failing.received(5, 60_000);
    await waitFor(async () => (await service.health('ready')).status === 200);
    for (const subscriber of others) expect(subscriber.numbers).toEqual(numbers);
    expect(held.numbers).toEqual([1, 2, 3, 4]);
    expect(failing.numbers).toEqual([1, 2, 2, 3, 4]);
    expect(failing.firstDeliveries).toEqual([1, 2, 3, 4]);
    expect(service.log.of('queue.blocked')).toHaveLength(1);
    expect(service.hasExited).toBe(false);
    expect(service.log.of('consumer.failed')).toEqual([]);
  });

  it('of a topic, deleted for good, ends the process in order, with a clear last line; a new start serves again at once', async () => {
    const scene = withoutTopic;
    const subscriber = await scene.subscriber();
    const gate = new Gate();
    scene.receiver.script(subscriber.path, { kind: 'hold', gate }, { kind: 'answer' });
    const service = await scene.start();
    await subscriber.publish(1);
    await subscriber.received(1);
    await withAdmin(scene.deployment.brokers, (admin) =>
      admin.deleteTopics({ topics: [scene.deployment.topic('order.created')] }),
    );

    await service.log.waitFor('shutdown.started', { timeoutMs: 60_000 });
    gate.open();
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(await subscriber.attempts()).toEqual(['1.1 delivered']);
    expect(await subscriber.queue()).toMatchObject({ headSeq: 2, free: true });
    expect(service.log.of('shutdown_step.failed')).toEqual([]);
    const last = service.log.lines.at(-1);
    expect(last).toMatchObject({ level: 'fatal', event: 'process.ended' });
    expect(last?.['reason']).toMatch(/^The Kafka consumer "domain" lacks a topic that it sub/);
    expect(service.log.unstructured).toEqual([]);

    // The new topic counts from offset 0 again: that its records look old must not swallow them.
    await scene.start();
    await subscriber.publish(2);
    await subscriber.received(2);
    expect(subscriber.numbers).toEqual([1, 2]);
  });
});

/** Resolves when the server has been down for as long as is asked of the service. */
const outageSince = (downSince: number): Promise<true> =>
  waitFor(() => performance.now() - downSince >= OUTAGE_MS, { timeoutMs: OUTAGE_MS * 2 });

/** Resolves with the process that was the first to write such a line. */
function firstToSay(replicas: readonly ServiceProcess[], event: string): Promise<ServiceProcess> {
  return Promise.any(
    replicas.map(async (service) => {
      await service.log.waitFor(event);
      return service;
    }),
  );
}

const isReady = async (service: ServiceProcess): Promise<boolean> =>
  (await service.health('ready')).status === 200;
