import { Gate, TestReceiver, waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { QueueFixture } from '../queue-fixture.js';
import { bodiesOf, Replica, upTo, type ReplicaOptions } from '../replica.js';

/** Far above what an attempt takes on this machine, so that only what is held counts as slow. */
const SLOW_AFTER_MS = 700;
const MESSAGES = 3;

let fixture: QueueFixture;
let receivers: TestReceiver[];
let one: Replica | undefined;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());
beforeEach(async () => {
  receivers = await Promise.all(upTo(3).map(() => TestReceiver.start()));
});
afterEach(async () => {
  await one?.stop();
  await Promise.all(receivers.map((receiver) => receiver.close()));
});

const pathsOf = upTo(4).map((n) => `/slow/${n}`);
const slowReceivers = (): TestReceiver[] => receivers.slice(0, 2);
const slowRequests = () => slowReceivers().flatMap(({ requests }) => requests);

/** Eight queues on two origins, whose first and later requests are held until the gates open. */
async function startSlow(first: Gate, later: Gate, options: ReplicaOptions): Promise<Replica> {
  one = new Replica(await fixture.database.dataSource(), {
    concurrency: 8,
    slowAfterMs: SLOW_AFTER_MS,
    ...options,
  });
  for (const receiver of slowReceivers()) {
    for (const path of pathsOf) {
      receiver.script(path, { kind: 'hold', gate: first }, { kind: 'hold', gate: later });
      await one.publish(await fixture.queue(receiver.url(path)), upTo(MESSAGES));
    }
  }
  await waitFor(() => slowRequests().length === 8);
  const heldSince = performance.now();
  await waitFor(() => performance.now() - heldSince > SLOW_AFTER_MS);
  return one;
}

describe('queues whose receivers answer slowly', () => {
  it('hold a quarter of the slots together, whatever they have waiting, and lose nothing', async () => {
    const [first, later] = [new Gate(), new Gate()];
    const replica = await startSlow(first, later, { perOrigin: 8 });
    first.open();
    const [, , quick] = receivers as [TestReceiver, TestReceiver, TestReceiver];
    await waitFor(() => slowRequests().length === 10 && replica.scheduler.inFlight === 2);
    await replica.publish(await fixture.queue(quick.url('/quick')), upTo(50));
    await quick.waitForCount(50);
    expect(bodiesOf(quick.requestsTo('/quick'))).toEqual(upTo(50));
    expect(slowRequests()).toHaveLength(10);
    const { leases } = await fixture.database.one<{ leases: number }>(
      `SELECT count(*)::int AS leases FROM integration_queue q JOIN integration_webhook w
       ON w.integration_id = q.queue_id
       WHERE lease_until > clock_timestamp() AND w.end_point LIKE '%/slow/%'`,
    );
    expect(leases).toBe(2);

    // No sweeper runs: each that leaves the lane calls the next.
    later.open();
    await waitFor(() => slowRequests().length === 8 * MESSAGES);
    for (const receiver of slowReceivers()) {
      for (const path of pathsOf) {
        expect(bodiesOf(receiver.requestsTo(path))).toEqual(upTo(MESSAGES));
      }
    }
  });

  it('share the lane with what is at work elsewhere meanwhile: a place that leads nowhere is passed on', async () => {
    const [first, later] = [new Gate(), new Gate()];
    await startSlow(first, later, { perOrigin: 8 });
    first.open();
    await waitFor(() => slowRequests().length === 10 && one?.scheduler.inFlight === 2);
    // Everything that is parked but for one queue is somebody else's now.
    const parked = await fixture.database.query<{ queue_id: string }>(
      `UPDATE integration_queue q SET lease_token = lease_token + 1,
         lease_until = clock_timestamp() + interval '1 hour'
       WHERE lease_until < clock_timestamp() AND head_seq = 2 AND head_seq <= tail_seq
       RETURNING queue_id`,
    );
    expect(parked).toHaveLength(6);
    await fixture.database.query(
      `UPDATE integration_queue SET lease_until = '-infinity' WHERE queue_id = $1`,
      [parked.at(-1)?.queue_id],
    );
    later.open();
    // The two of the lane and the spared one send the rest of their messages.
    await waitFor(() => slowRequests().length === 8 + 3 * (MESSAGES - 1));
  });
});
