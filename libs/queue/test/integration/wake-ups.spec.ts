import { IngestStore, MessageEnqueuer, NO_TRACES, ReadyQueues } from '@app/queue';
import { IntegrationWebhooksQuery } from '@app/subscriptions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueueFixture } from '../queue-fixture.js';
import { RecordingEmitter, RecordingLog, RecordingMetrics } from '../recorders.js';
import { CLOCK_SKEW_MS, eventFor } from '../replica.js';

const QUEUES = 120;
/** Of queues that whoever stored their messages sends soon. */
const TOLD = 80;
/** Of those that it sends at once. */
const ANNOUNCED = 20;

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

/**
 * Stores an event for each of so many idle queues in one batch; `slots` of them are leased with it. Without
 * slots the replica sends nothing.
 */
async function announced(slots?: number): Promise<{ leased: string[]; told: string[] }> {
  const { dataSource } = fixture;
  const queues = await fixture.queues(QUEUES);
  const ready = new ReadyQueues();
  const leased: string[] = [];
  if (slots !== undefined) {
    ready.listen(() => undefined, {
      offer: (queueIds) => [...queueIds].slice(0, slots),
      adopt: (_, leases) => void leased.push(...leases.map(({ queueId }) => queueId)),
      decline: () => undefined,
    });
  }
  const emitter = new RecordingEmitter(() => undefined);
  const taking = { owner: 'spec', leaseMs: 30_000, runMessages: 20 };
  const subject = new MessageEnqueuer(
    new IngestStore(dataSource, undefined, taking),
    new IntegrationWebhooksQuery(dataSource, { clockSkewMs: CLOCK_SKEW_MS }),
    emitter,
    ready,
    { log: new RecordingLog(), metrics: new RecordingMetrics(), tracer: NO_TRACES },
  );
  await subject.enqueue(queues.map((queue) => eventFor(queue, 1)));
  return { leased, told: emitter.processed.map(({ integrationId }) => integrationId) };
}

describe('wake-ups of a batch', () => {
  it('are there for each queue where the replica sends nothing itself', async () => {
    const { leased, told } = await announced();
    expect(leased).toEqual([]);
    expect(new Set(told).size).toBe(QUEUES);
  });

  it('are there for a part of the queues where it has woken all of them itself', async () => {
    const { told } = await announced(0);
    expect(new Set(told).size).toBe(TOLD);
  });

  it('are few for queues that are being sent already', async () => {
    const { leased, told } = await announced(QUEUES);
    expect(leased).toHaveLength(QUEUES);
    expect(new Set(told).size).toBe(ANNOUNCED);
  });

  it('do not leave out what was not leased for what was', async () => {
    const { leased, told } = await announced(QUEUES - 5);
    expect(leased).toHaveLength(QUEUES - 5);
    const unleased = told.filter((queueId) => !leased.includes(queueId));
    expect([unleased.length, told.length]).toEqual([5, 5 + ANNOUNCED]);
  });
});
