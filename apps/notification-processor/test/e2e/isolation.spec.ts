import {
  Gate,
  readEnvelope,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
  type PublishedRecord,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** How long the service waits for an answer: whoever waits behind a hanging receiver waits so long. */
const DEADLINE_MS = 10_000;

/** What a shared machine may cost, far below the deadline. */
const NOISE_MS = 2_000;

let deployment: Deployment;
/** With few slots, six at all and four for an origin, and a sweeper that sleeps for an hour. */
let narrow: Deployment;
let receiver: TestReceiver;
let other: TestReceiver;

beforeAll(async () => {
  const timeout = { DELIVERY_TIMEOUT_MS: String(DEADLINE_MS) };
  const slots = { DELIVERY_CONCURRENCY: '6', DELIVERY_CONCURRENCY_PER_ORIGIN: '4' };
  const sweep = { SWEEP_INTERVAL_MS: '3600000' };
  [deployment, narrow, receiver, other] = await Promise.all([
    startDeployment({ env: timeout }),
    startDeployment({ env: { ...timeout, ...slots, ...sweep } }),
    TestReceiver.start(),
    TestReceiver.start(),
  ]);
});

afterAll(async () => {
  await Promise.all([deployment.dispose(), narrow.dispose()]);
  await Promise.all([receiver.close(), other.close()]);
});

/** So many queues that deliver to one endpoint; returns their organizations. */
function queues(of: Deployment, count: number, endPoint: string): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { integrationId, organizationId } = await of.integration();
      await of.webhook({ integrationId, endPoint });
      return organizationId;
    }),
  );
}

const eventOf = (organizationId: string, n = 0): PublishedRecord => ({
  topic: 'order.created',
  value: JSON.stringify({ organizationId, n }),
});

const percentile95 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? Infinity;

/** Publishes a record for each organization, ten times over; milliseconds until each was received. */
async function latencies(of: Deployment, organizations: readonly string[], at: TestReceiver) {
  const found: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const before = at.requestsTo('/healthy').length;
    const publishedAt = performance.now();
    await of.publish(...organizations.map((each) => eventOf(each, round)));
    const count = before + organizations.length;
    const requests = await at.waitForCount(count, {
      path: '/healthy',
      timeoutMs: 2 * DEADLINE_MS,
    });
    found.push(...requests.slice(before).map(({ startedAt }) => startedAt - publishedAt));
  }
  return found;
}

describe('a receiver that hangs', () => {
  it('does not delay any other queue, be it of another origin or of its own', async () => {
    receiver.script('/hangs', { kind: 'hang' });
    const [beside, elsewhere, hanging] = await Promise.all([
      queues(deployment, 10, receiver.url('/healthy')),
      queues(deployment, 10, other.url('/healthy')),
      queues(deployment, 1, receiver.url('/hangs')),
    ]);
    const alone = await latencies(deployment, beside, receiver);

    await deployment.publish(...hanging.map((each) => eventOf(each)));
    await receiver.waitForCount(1, { path: '/hangs' });
    const disturbed = [
      ...(await latencies(deployment, elsewhere, other)),
      ...(await latencies(deployment, beside, receiver)),
    ];

    expect(percentile95(disturbed)).toBeLessThan(percentile95(alone) + NOISE_MS);
    // It hung all the while: nothing above was measured after its deadline.
    expect(receiver.requestsTo('/hangs')).toMatchObject([{ endedAt: null }]);
  });

  it('delays no commit: what is for it is stored, and its offset moves on', async () => {
    receiver.script('/hangs-too', { kind: 'hang' });
    const [organizationId = ''] = await queues(deployment, 1, receiver.url('/hangs-too'));
    const of = (n: number) => ({ ...eventOf(organizationId, n), topic: 'order.completed' });
    await deployment.publish(of(1));
    await receiver.waitForCount(1, { path: '/hangs-too' });

    await deployment.publish(of(2), of(3));

    await waitFor(async () => (await deployment.committed('order.completed')).get(0) === 3n);
    expect(receiver.requestsTo('/hangs-too')).toMatchObject([{ endedAt: null }]);
    const stored = await deployment.database.query(
      `SELECT seq FROM integration_queue_message WHERE type = 'order/completed'`,
    );
    expect(stored).toHaveLength(3);
  });
});

describe('an origin with more hanging queues than it has slots', () => {
  it('leaves the other slots to other origins, and works its queues off when it is back', async () => {
    const gate = new Gate();
    receiver.script('/held', { kind: 'hold', gate });
    const [held, healthy] = await Promise.all([
      queues(narrow, 20, receiver.url('/held')),
      queues(narrow, 10, other.url('/healthy')),
    ]);

    await narrow.publish(...held.map((each) => eventOf(each)));
    await receiver.waitForCount(4, { path: '/held' });
    const measured = await latencies(narrow, healthy, other);

    expect(percentile95(measured)).toBeLessThan(NOISE_MS);
    const waiting = receiver.requestsTo('/held');
    expect(waiting.map(({ endedAt }) => endedAt)).toEqual([null, null, null, null]);

    gate.open();
    const all = await receiver.waitForCount(20, { path: '/held' });
    expect(new Set(all.map(({ body }) => readEnvelope(body).header['organizationId'])).size).toBe(
      20,
    );
    const problems = narrow.replicas.flatMap(({ log }) =>
      log.lines.filter(({ level }) => level !== 'info'),
    );
    expect(problems).toEqual([]);
  });
});
