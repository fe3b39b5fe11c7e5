import { freePort, Gate, waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FaultScene, LONG_LEASE } from './fault-scene.js';

let scene: FaultScene;

beforeAll(async () => {
  scene = await FaultScene.create(LONG_LEASE);
});
afterEach(() => scene.clear());
afterAll(() => scene.dispose());

describe('SIGTERM in the middle of a POST', () => {
  it('lets it finish and records it; another replica goes on with the next message at once', async () => {
    const subscriber = await scene.subscriber();
    const gate = new Gate();
    scene.receiver.script(subscriber.path, { kind: 'hold', gate }, { kind: 'answer' });
    await Promise.all([scene.start(), scene.start()]);
    await subscriber.publish(1, 2, 3);
    await subscriber.received(1);
    const stopping = await scene.holder(subscriber);
    stopping.kill('SIGTERM');
    // The step before the one that waits for the request.
    await stopping.log.waitFor(({ step }) => step === 'stop sweeping');
    expect(await subscriber.queue()).toMatchObject({ headSeq: 1, leaseToken: 1, free: false });
    gate.open();

    expect(await stopping.exited).toEqual({ code: 0, signal: null });
    await subscriber.received(3);
    await waitFor(() => subscriber.isIdle());
    expect(subscriber.numbers).toEqual([1, 2, 3]);
    expect(await subscriber.attempts()).toEqual([
      '1.1 delivered',
      '2.1 delivered',
      '3.1 delivered',
    ]);
    const attempted = stopping.log.of('delivery.attempted');
    expect(attempted).toMatchObject([{ seq: '1', outcome: 'delivered' }]);
  });

  it('gives the lease back although nobody is there to go on', async () => {
    const subscriber = await scene.subscriber();
    const gate = new Gate();
    scene.receiver.script(subscriber.path, { kind: 'hold', gate }, { kind: 'answer' });
    const stopping = await scene.start();
    await subscriber.publish(1, 2);
    await subscriber.received(1);
    stopping.kill('SIGTERM');
    await stopping.log.waitFor(({ step }) => step === 'stop sweeping');
    gate.open();

    expect(await stopping.exited).toEqual({ code: 0, signal: null });
    expect(await subscriber.queue()).toMatchObject({
      status: 'HEALTHY',
      headSeq: 2,
      tailSeq: 2,
      leaseToken: 1,
      free: true,
    });
    expect(subscriber.numbers).toEqual([1]);
  });
});

describe('SIGTERM while a receiver hangs', () => {
  it('ends within the grace period, and blames nobody', async () => {
    const subscriber = await scene.subscriber();
    scene.receiver.script(subscriber.path, { kind: 'hang' }, { kind: 'answer' });
    const stopping = await scene.start({
      DELIVERY_LEASE_MS: '35000',
      SHUTDOWN_GRACE_MS: '3000',
    });
    await subscriber.publish(1, 2);
    await subscriber.received(1);
    const startedAt = performance.now();
    stopping.kill('SIGTERM');
    expect(await stopping.exited).toEqual({ code: 1, signal: null });
    // The grace period, and what a busy machine takes to end a process.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    const failed = stopping.log.of('shutdown_step.failed').map(({ step }) => step);
    expect(failed).toContain('finish requests in flight');
    expect(await subscriber.attempts()).toEqual([]);
    expect(await subscriber.queue()).toMatchObject({ status: 'HEALTHY', headSeq: 1, attempts: 0 });
  });

  it('ends at once on the second signal', async () => {
    const subscriber = await scene.subscriber();
    scene.receiver.script(subscriber.path, { kind: 'hang' });
    const stopping = await scene.start();
    await subscriber.publish(1);
    await subscriber.received(1);
    stopping.kill('SIGTERM');
    await stopping.log.waitFor(({ step }) => step === 'stop sweeping');
    stopping.kill('SIGTERM');
    expect(await stopping.exited).toEqual({ code: 1, signal: null });
    expect(stopping.log.of('shutdown.cut_short')).toHaveLength(1);
    expect(await subscriber.queue()).toMatchObject({ status: 'HEALTHY', headSeq: 1 });
  });
});

describe('SIGTERM while the database is away', () => {
  it('loses no record: those that could not be stored come to the next replica', async () => {
    const subscriber = await scene.subscriber();
    const stopping = await scene.startBehindProxy();
    const reached = scene.proxy.holdRequests('enqueue_messages');
    await subscriber.publish(1, 2);
    await reached.sprung();
    stopping.kill('SIGTERM');
    await stopping.log.waitFor('shutdown.started');
    scene.proxy.resetHeld();
    await stopping.log.waitFor('batch.failed');
    expect(await stopping.exited).toEqual({ code: 0, signal: null });
    expect(await subscriber.queue()).toMatchObject({ tailSeq: 0 });

    await scene.start();
    await subscriber.received(2);
    expect(subscriber.numbers).toEqual([1, 2]);
  });
});

describe('SIGTERM in the middle of the start', () => {
  it.each([
    ['database', 'database.awaited', (port: number) => ({ DATABASE_URL: nowhere(port) })],
    ['broker', 'broker.awaited', (port: number) => ({ KAFKA_BROKERS: `127.0.0.1:${port}` })],
  ])('ends in order while the %s is awaited', async (_, awaited, environment) => {
    const starting = scene.deployment.launch(environment(await freePort()));
    await starting.log.waitFor(awaited);
    const startedAt = performance.now();
    starting.kill('SIGTERM');
    expect(await starting.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(starting.log.unstructured).toEqual([]);
    expect(starting.log.of('process.ended')).toEqual([]);
  });
});

const nowhere = (port: number): string => `postgres://nobody:none@127.0.0.1:${port}/none`;
