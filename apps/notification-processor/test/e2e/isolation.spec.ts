import {
  receivedEvents,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
  type PublishedRecord,
} from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** How long the service waits for an answer: whoever waits behind a hanging receiver waits so long. */
const DEADLINE_MS = 10_000;

/** What a shared machine may cost, far below the deadline. */
const NOISE_MS = 1_000;

let deployment: Deployment;
let receivers: TestReceiver[];

beforeEach(() => {
  receivers = [];
});

afterEach(async () => {
  await deployment.dispose();
  await Promise.all(receivers.map((receiver) => receiver.close()));
});

/** An origin of its own. */
async function startReceiver(): Promise<TestReceiver> {
  const receiver = await TestReceiver.start();
  receivers.push(receiver);
  return receiver;
}

/** So many queues that deliver to one path; returns their organizations. */
function queues(count: number, endPoint: string): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { integrationId, organizationId } = await deployment.integration();
      await deployment.webhook({ integrationId, endPoint });
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
async function latencies(receiver: TestReceiver, organizations: readonly string[]) {
  const found: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const before = receiver.requests.length;
    const publishedAt = performance.now();
    await deployment.publish(...organizations.map((each) => eventOf(each, round)));
    const requests = await receiver.waitForCount(before + organizations.length, {
      timeoutMs: 2 * DEADLINE_MS,
    });
    found.push(...requests.slice(before).map(({ startedAt }) => startedAt - publishedAt));
  }
  return found;
}

describe('a receiver that hangs', () => {
  it('does not delay any other queue, of another origin or of its own', async () => {
    deployment = await startDeployment({ env: { DELIVERY_TIMEOUT_MS: String(DEADLINE_MS) } });
    const [receiver, sameOrigin] = await Promise.all([startReceiver(), startReceiver()]);
    sameOrigin.script('/hangs', { kind: 'hang' });
    const [elsewhere, beside, hanging] = await Promise.all([
      queues(10, receiver.url('/healthy')),
      queues(10, sameOrigin.url('/healthy')),
      queues(1, sameOrigin.url('/hangs')),
    ]);

    const alone = [
      ...(await latencies(receiver, elsewhere)),
      ...(await latencies(sameOrigin, beside)),
    ];
    await deployment.publish(...hanging.map((each) => eventOf(each)));
    await sameOrigin.waitForCount(1, { path: '/hangs' });
    const disturbed = await latencies(receiver, elsewhere);
    await deployment.publish(...beside.map((each) => eventOf(each, 10)));
    await sameOrigin.waitForCount(110, { path: '/healthy' });

    expect(percentile95(disturbed)).toBeLessThan(percentile95(alone) + NOISE_MS);
    // It hung all the while: nothing above was measured after its deadline.
    const hung = sameOrigin.requestsTo('/hangs');
    expect(hung).toMatchObject([{ endedAt: null }]);
    expect(performance.now() - (hung[0]?.startedAt ?? 0)).toBeLessThan(DEADLINE_MS);
  });

  it('delays no batch and no commit: what it hangs on was stored and committed', async () => {
    deployment = await startDeployment();
    const receiver = await startReceiver();
    receiver.script('/hangs', { kind: 'hang' });
    const [organizationId = ''] = await queues(1, receiver.url('/hangs'));

    await deployment.publish(eventOf(organizationId, 1));
    await receiver.waitForCount(1);
    await deployment.publish(eventOf(organizationId, 2), eventOf(organizationId, 3));

    await waitFor(async () => (await deployment.committed('order.created')).get(0) === 3n);
    expect(receiver.requests).toMatchObject([{ endedAt: null }]);
    const stored = await deployment.database.query('SELECT seq FROM integration_queue_message');
    expect(stored).toHaveLength(3);
  });
});

describe('an origin with many hanging queues', () => {
  it('takes the slots of its origin and leaves the others to everybody else', async () => {
    deployment = await startDeployment({
      env: { DELIVERY_CONCURRENCY: '6', DELIVERY_CONCURRENCY_PER_ORIGIN: '4' },
    });
    const [slow, healthy] = await Promise.all([startReceiver(), startReceiver()]);
    slow.script('/hangs', { kind: 'hang' });
    const [hanging, others] = await Promise.all([
      queues(20, slow.url('/hangs')),
      queues(10, healthy.url('/healthy')),
    ]);

    await deployment.publish(...hanging.map((each) => eventOf(each)));
    await slow.waitForCount(4);
    const measured = await latencies(healthy, others);

    expect(percentile95(measured)).toBeLessThan(NOISE_MS);
    expect(slow.requests).toHaveLength(4);
    expect(slow.requests.filter(({ endedAt }) => endedAt === null)).toHaveLength(4);
    expect(receivedEvents(healthy)).toHaveLength(100);
  });

  it('works its queues off one after the other once it answers again', async () => {
    deployment = await startDeployment({
      env: {
        DELIVERY_CONCURRENCY: '6',
        DELIVERY_CONCURRENCY_PER_ORIGIN: '4',
        DELIVERY_TIMEOUT_MS: '300',
      },
    });
    const slow = await startReceiver();
    slow.script('/hangs', { kind: 'hang' }, { kind: 'hang' }, { kind: 'hang' }, { kind: 'answer' });
    const hanging = await queues(20, slow.url('/hangs'));

    await deployment.publish(...hanging.map((each) => eventOf(each)));

    await slow.waitForCount(23, { timeoutMs: 15_000 });
    const delivered = slow.requests.filter(({ wasCutOff }) => !wasCutOff);
    expect(delivered).toHaveLength(20);
  });
});
