import { findOverlaps, Gate, removeFromGroups, waitFor } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { FaultScene, SHORT_LEASE } from './fault-scene.js';

// Side by side, each with a deployment of its own: two of them wait for a lease to run out.
describe.concurrent('a replica that stood still for longer than its lease', () => {
  it('in the middle of a request: its outcome does not count, and it stops at once', async ({
    onTestFinished,
  }) => {
    const scene = await FaultScene.create(SHORT_LEASE);
    onTestFinished(() => scene.dispose());
    const subscriber = await scene.subscriber();
    const [ofZombie, ofHeir] = [new Gate(), new Gate()];
    scene.receiver.script(
      subscriber.path,
      { kind: 'hold', gate: ofZombie },
      { kind: 'hold', gate: ofHeir },
      { kind: 'answer' },
    );
    await Promise.all([scene.start(), scene.start()]);
    await subscriber.publish(1, 2, 3);
    await subscriber.received(1);
    const zombie = await scene.holder(subscriber);
    zombie.kill('SIGSTOP');
    await subscriber.received(2);
    expect(await scene.holder(subscriber)).not.toBe(zombie);

    ofZombie.open();
    zombie.kill('SIGCONT');
    expect(await zombie.log.waitFor('delivery.fenced')).toMatchObject({ seq: '1', attempt: 1 });
    expect(await subscriber.queue()).toMatchObject({
      status: 'HEALTHY',
      headSeq: 1,
      leaseToken: 2,
      free: false,
    });
    expect(subscriber.numbers).toEqual([1, 1]);
    ofHeir.open();
    await subscriber.received(4);

    expect(subscriber.numbers).toEqual([1, 1, 2, 3]);
    expect(subscriber.firstDeliveries).toEqual([1, 2, 3]);
    const [first, second] = scene.receiver.requestsTo(subscriber.path);
    expect(findOverlaps(scene.receiver.requestsTo(subscriber.path))).toEqual([[first, second]]);
    await waitFor(() => subscriber.isIdle());
    expect(await subscriber.attempts()).toEqual([
      '1.1 delivered',
      '2.1 delivered',
      '3.1 delivered',
    ]);
  });

  it('between claim and request: it sends nothing, and leaves the lease of its heir alone', async ({
    onTestFinished,
  }) => {
    const scene = await FaultScene.create(SHORT_LEASE);
    onTestFinished(() => scene.dispose());
    const subscriber = await scene.subscriber();
    const gate = new Gate();
    scene.receiver.script(subscriber.path, { kind: 'hold', gate }, { kind: 'answer' });
    const [zombie] = await Promise.all([
      scene.startBehindProxy({ ROLES: 'deliver' }),
      scene.start({ ROLES: 'ingest' }),
    ]);
    const claimed = scene.proxy.holdAnswers('claim_queues');
    await subscriber.publish(1, 2);
    await claimed.answered();
    const heir = await scene.start({ ROLES: 'deliver' });
    await subscriber.received(1);
    expect(await scene.holder(subscriber)).toBe(heir);

    scene.proxy.release();
    const givenBack = scene.proxy.holdAnswers('release_queues');
    await zombie.log.waitFor('lease.too_short');
    await givenBack.answered();
    expect(await subscriber.queue()).toMatchObject({ leaseToken: 2, free: false });
    expect(subscriber.numbers).toEqual([1]);
    gate.open();
    await subscriber.received(2);

    await waitFor(() => subscriber.isIdle());
    expect(subscriber.numbers).toEqual([1, 2]);
    expect(await subscriber.attempts()).toEqual(['1.1 delivered', '2.1 delivered']);
  });

  it('in the middle of a batch, and was put out of its group: it stores nothing a second time', async ({
    onTestFinished,
  }) => {
    const scene = await FaultScene.create(SHORT_LEASE);
    onTestFinished(() => scene.dispose());
    const subscriber = await scene.subscriber();
    const zombie = await scene.startBehindProxy();
    const underWay = scene.proxy.holdRequests('enqueue_messages');
    await subscriber.publish(1, 2, 3);
    await underWay.sprung();
    await removeFromGroups(scene.deployment.brokers, zombie);
    await scene.start();
    await subscriber.received(3);
    await subscriber.publish(4);
    await subscriber.received(4);

    scene.proxy.release();
    expect(await zombie.log.waitFor('batch.enqueued')).toMatchObject({
      records: 3,
      messages: 0,
      duplicates: 3,
    });
    await zombie.log.waitFor(() => joins(zombie.log.of('group.joined')) >= 2, {
      timeoutMs: 30_000,
    });
    await subscriber.publish(5);
    await subscriber.received(5);
    await waitFor(() => subscriber.isIdle());
    expect(subscriber.numbers).toEqual([1, 2, 3, 4, 5]);
  });
});

const joins = (lines: readonly { readonly [field: string]: unknown }[]): number =>
  lines.filter(({ consumer }) => consumer === 'domain').length;
