import { Gate, TestReceiver, waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messageFor, QueueFixture, type TestQueue } from '../queue-fixture.js';
import { Replica, type ReplicaOptions } from '../replica.js';

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

async function replica(options: ReplicaOptions = {}): Promise<Replica> {
  const started = new Replica(await fixture.database.dataSource(), options);
  replicas.push(started);
  return started;
}

const queueAt = (path: string): Promise<TestQueue> => fixture.queue(receiver.url(path));

describe('what a queue counts', () => {
  it('is the code of every recorded attempt', async () => {
    receiver.script('/q', { kind: 'answer' }, { kind: 'answer', status: 503 });
    const queue = await queueAt('/q');
    const one = await replica();
    const { metrics } = one;
    await one.publish(queue, [1, 2]);
    const outcomes = await waitFor(() => metrics.outcomes.length === 2 && metrics.outcomes);
    expect(outcomes.map(([outcome]) => outcome)).toEqual(['delivered', 'http_status']);
    expect(metrics.batches).toMatchObject([{ records: 2, messages: 2, duplicates: 0 }]);
    expect(metrics.leaseLosses).toEqual([]);
  });

  it('is the time of the receiver apart from ours', async () => {
    const gate = new Gate();
    receiver.script('/q', { kind: 'hold', gate });
    const queue = await queueAt('/q');
    const one = await replica();
    const startedAt = performance.now();
    await one.publish(queue, [1]);
    await receiver.waitForCount(1);
    const heldAt = performance.now();
    await waitFor(() => performance.now() > heldAt + 2 * (heldAt - startedAt) + 100);
    gate.open();
    const [outcome] = await waitFor(() => one.metrics.outcomes.length > 0 && one.metrics.outcomes);
    const [, attemptMs = 0, settleMs = 0] = outcome ?? [];
    expect(attemptMs).toBeGreaterThan(100);
    expect(attemptMs + settleMs).toBeLessThan(performance.now() - startedAt);
  });

  it('is a discarded message without an attempt', async () => {
    const queue = await queueAt('/q');
    await fixture.database.query(
      'UPDATE integration_webhook SET removed_at = clock_timestamp() WHERE id = $1',
      [queue.webhookId],
    );
    await fixture.enqueue([messageFor(queue, 'unwanted')]);
    const one = await replica();
    one.ready.add([queue.queueId]);
    const [outcome] = await waitFor(() => one.metrics.outcomes.length > 0 && one.metrics.outcomes);
    expect(outcome?.slice(0, 2)).toEqual(['discarded', undefined]);
    expect(receiver.requests).toEqual([]);
  });

  it('is a lease that somebody else has taken meanwhile, and not its outcome', async () => {
    const gate = new Gate();
    receiver.script('/q', { kind: 'hold', gate });
    const queue = await queueAt('/q');
    const one = await replica();
    await one.publish(queue, [1]);
    await receiver.waitForCount(1);
    await fixture.set(queue, 'lease_token = lease_token + 1');
    gate.open();
    await waitFor(() => one.metrics.leaseLosses.length > 0);
    expect(one.metrics.leaseLosses[0]).toBe('fenced');
    expect(one.metrics.outcomes).toEqual([]);
  });
});
