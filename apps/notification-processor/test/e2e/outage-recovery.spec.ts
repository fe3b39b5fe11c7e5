import {
  findOverlaps,
  receivedEvents,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
} from '@app/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

const MESSAGES = 5_000;
const PATH = '/back-after-an-outage';
/** Messages a second at first, and gained in every second. */
const START = 20;
/** From here on the queue goes as fast as can be. */
const LIMIT = 200;

let deployment: Deployment;
let receiver: TestReceiver;

beforeAll(async () => {
  const env = { RECOVERY_DRAIN_START: String(START), RECOVERY_DRAIN_LIMIT: String(LIMIT) };
  [deployment, receiver] = await Promise.all([
    startDeployment({ replicas: 2, env }),
    TestReceiver.start(),
  ]);
});
afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const numbers = (): unknown[] =>
  receivedEvents(receiver, PATH).map(({ body }) => (JSON.parse(String(body)) as { n: unknown }).n);

/** Requests of each whole second since the first of these. */
function perSecond(startedAt: readonly number[]): number[] {
  const counts: number[] = [];
  for (const at of startedAt) {
    const second = Math.floor((at - (startedAt[0] ?? 0)) / 1_000);
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return [...counts].map((count) => count ?? 0);
}

it('5,000 messages that queued during an outage arrive in order, once each, ever faster and without a failure', async () => {
  const { organizationId, integrationId } = await deployment.integration();
  const bad = { kind: 'answer', status: 503 } as const;
  receiver.script(PATH, bad);
  await deployment.webhook({ integrationId, endPoint: receiver.url(PATH) });
  await deployment.publish(
    ...upTo(MESSAGES).map((n) => ({
      topic: 'order.created',
      value: JSON.stringify({ organizationId, n }),
    })),
  );
  const row = () =>
    deployment.database.one<{ queued: number; status: string }>(
      'SELECT (tail_seq - head_seq + 1)::int AS queued, status FROM integration_queue WHERE queue_id = $1',
      [integrationId],
    );
  await waitFor(async () => (await row()).queued === MESSAGES, { timeoutMs: 60_000 });
  expect(new Set(numbers())).toEqual(new Set([1]));

  receiver.script(PATH, { kind: 'answer' });

  await waitFor(async () => (await row()).queued === 0, { timeoutMs: 120_000 });
  const { failures } = await deployment.database.one<{ failures: number }>(
    `SELECT count(*)::int AS failures FROM delivery_attempt WHERE queue_id = $1 AND outcome <> 'delivered'`,
    [integrationId],
  );
  expect(numbers().slice(failures)).toEqual(upTo(MESSAGES));
  expect(findOverlaps(receiver.requestsTo(PATH))).toEqual([]);
  const after = await deployment.database.query<{ outcome: string }>(
    `SELECT DISTINCT outcome FROM delivery_attempt WHERE queue_id = $1
     AND started_at >= (SELECT min(started_at) FROM delivery_attempt WHERE queue_id = $1 AND outcome = 'delivered')`,
    [integrationId],
  );
  expect(after).toEqual([{ outcome: 'delivered' }]);

  const rates = perSecond(
    receiver
      .requestsTo(PATH)
      .slice(failures)
      .map(({ startedAt }) => startedAt),
  );
  // What additive increase allows at most: the n-th second has START · (n + 1) of them, and one for the edge.
  for (const second of [0, 1, 2, 3, 4]) {
    expect(rates[second], `second ${second} of ${rates.join(', ')}`).toBeLessThanOrEqual(
      START * (second + 2) + 1,
    );
  }
  expect(Math.max(...rates)).toBeGreaterThan(2 * START * 2);
});
