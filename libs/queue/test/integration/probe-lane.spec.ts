import { Gate, TestReceiver, waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messagesFor, QueueFixture } from '../queue-fixture.js';
import { bodiesOf, Replica, upTo } from '../replica.js';

let fixture: QueueFixture;
let receiver: TestReceiver;
let one: Replica | undefined;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());
beforeEach(async () => {
  receiver = await TestReceiver.start();
});
afterEach(async () => {
  await one?.stop();
  await receiver.close();
});

const deadPaths = upTo(30).map((n) => `/dead/${n}`);
const probes = () => receiver.requests.filter(({ path }) => path.startsWith('/dead/'));

/** Thirty blocked queues that are due, and whose receivers hold every request until the gate opens. */
async function blockThirty(gate: Gate): Promise<void> {
  for (const path of deadPaths) {
    receiver.script(path, { kind: 'hold', gate });
    const queue = await fixture.queue(receiver.url(path));
    await fixture.enqueue(messagesFor(queue, 2));
    await fixture.set(queue, `status = 'BLOCKED', blocked_at = clock_timestamp()`);
  }
}

describe('probes of blocked queues', () => {
  it('hold a quarter of the slots together, and a healthy queue never waits for one', async () => {
    const gate = new Gate();
    await blockThirty(gate);
    one = new Replica(await fixture.database.dataSource(), { concurrency: 8, sweepMs: 20 });
    await waitFor(() => probes().length === 2);
    const healthy = await fixture.queue(receiver.url('/healthy'));
    await one.publish(healthy, upTo(100));
    await receiver.waitForCount(100, { path: '/healthy' });
    expect(bodiesOf(receiver.requestsTo('/healthy'))).toEqual(upTo(100));
    expect(probes()).toHaveLength(2);

    gate.open();
    await waitFor(() => probes().length === 2 * deadPaths.length);
    for (const path of deadPaths) {
      expect(bodiesOf(receiver.requestsTo(path))).toEqual(upTo(2));
    }
  });

  it('give their places to each other without waiting for a sweep', async () => {
    const gate = new Gate();
    await blockThirty(gate);
    one = new Replica(await fixture.database.dataSource(), { concurrency: 8 });
    const due = await one.store.findDue('00000000-0000-0000-0000-000000000000', 1_000);
    expect(due.map(({ blocked }) => blocked)).toEqual(deadPaths.map(() => true));
    one.ready.addProbes(due.map(({ queueId }) => queueId));
    await waitFor(() => probes().length === 2);
    gate.open();
    await waitFor(() => probes().length === 2 * deadPaths.length);
  });
});
