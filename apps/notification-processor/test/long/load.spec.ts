import {
  receivedEvents,
  residentMegabytes,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
  type PublishedRecord,
} from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const LIMIT_MS = 900_000;

let receiver: TestReceiver;
let deployment: Deployment;
beforeEach(async () => {
  receiver = await TestReceiver.start();
});
afterEach(async () => {
  await deployment.dispose();
  await receiver.close();
});

/** Publishes in portions that fit into a request. */
async function publish(records: readonly PublishedRecord[]): Promise<void> {
  const portion = 5_000;
  for (let from = 0; from < records.length; from += portion)
    await deployment.publish(...records.slice(from, from + portion));
}

const numbersAt = (path: string): number[] =>
  receivedEvents(receiver, path).map(({ body }) => (JSON.parse(String(body)) as { n: number }).n);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

const waiting = async (): Promise<number> => {
  const { depth } = await deployment.database.one<{ depth: number }>(
    'SELECT coalesce(sum(tail_seq + 1 - head_seq), 0)::integer AS depth FROM integration_queue',
  );
  return depth;
};

describe('20,000 dead letters in a row', () => {
  it(
    'are kept, each with its reason, and what stands behind them is delivered',
    async () => {
      deployment = await startDeployment();
      const { integrationId, organizationId } = await deployment.integration();
      await deployment.webhook({ integrationId, endPoint: receiver.url('/') });
      const poison = upTo(20_000).map((n) => ({ topic: 'order.created', value: `no JSON ${n}` }));
      const good = { topic: 'order.created', value: JSON.stringify({ organizationId, n: 1 }) };
      await publish([...poison, good]);
      await receiver.waitForCount(1, { timeoutMs: 120_000 });
      expect(numbersAt('/')).toEqual([1]);
      const rows = await deployment.database.query(
        'SELECT reason, count(*)::integer AS count FROM ingest_dead_letter GROUP BY reason',
      );
      expect(rows).toEqual([{ reason: 'not_json', count: 20_000 }]);
    },
    LIMIT_MS,
  );
});

describe('a message of almost 1 MiB among small ones', () => {
  it(
    'arrives in its place, byte for byte, and holds up no other queue',
    async () => {
      deployment = await startDeployment();
      const large = await deployment.integration();
      const small = await deployment.integration();
      for (const [{ integrationId }, path] of [
        [large, '/large'],
        [small, '/small'],
      ] as const)
        await deployment.webhook({ integrationId, endPoint: receiver.url(path) });
      const text = 'x'.repeat(1_000_000);
      const recordOf = (organizationId: string, n: number, more = {}): PublishedRecord => ({
        topic: 'order.created',
        value: JSON.stringify({ organizationId, n, ...more }),
      });
      const records = upTo(200).flatMap((n) => [
        recordOf(large.organizationId, n, n === 100 ? { text } : {}),
        recordOf(small.organizationId, n),
      ]);
      for (let from = 0; from < records.length; from += 50)
        await deployment.publish(...records.slice(from, from + 50));
      await receiver.waitForCount(400, { timeoutMs: 60_000 });
      expect(numbersAt('/small')).toEqual(upTo(200));
      expect(numbersAt('/large')).toEqual(upTo(200));
      const [body] = receivedEvents(receiver, '/large').slice(100);
      expect(JSON.parse(String(body?.body))).toMatchObject({ text });
    },
    LIMIT_MS,
  );
});

const QUEUES = 100_000;

describe(`${QUEUES} queues with a message each`, () => {
  it(
    'are all delivered, without a queue that is left behind, in bounded memory',
    async () => {
      deployment = await startDeployment({ env: { LOG_LEVEL: 'info' } });
      const { integrationId } = await deployment.integration();
      await deployment.webhook({ integrationId, endPoint: receiver.url('/') });
      // As many again of the one that was made, each of an organization of its own.
      await deployment.database.query(
        `WITH made AS (
           INSERT INTO gb_integration (id, app_id, organization_id, name, token_hash)
           SELECT gen_random_uuid(), i.app_id, 'organization-' || n, 'load', sha256(n::text::bytea)
           FROM gb_integration i, generate_series(1, $1::integer) AS n RETURNING id, app_id, organization_id
         ), queued AS (
           INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id)
           SELECT id, id, app_id, organization_id FROM made ON CONFLICT DO NOTHING
         )
         INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, end_point)
         SELECT gen_random_uuid(), id, 'INTEGRATION', organization_id, $2 FROM made`,
        [QUEUES, receiver.url('/')],
      );
      const records = upTo(QUEUES).map((n) => ({
        topic: 'order.created',
        value: JSON.stringify({ organizationId: `organization-${n + 1}`, n }),
      }));
      await publish(records);
      const delivered = new Set<number>();
      const [service] = deployment.replicas;
      let mostMb = 0;
      await waitFor(
        () => {
          for (const { body } of receiver.takeEnded()) {
            const { body: event } = JSON.parse(String(body)) as { body: { n: number } };
            expect(delivered.has(event.n), `${event.n} came twice`).toBe(false);
            delivered.add(event.n);
          }
          if (service) mostMb = Math.max(mostMb, residentMegabytes(service.pid));
          return delivered.size === QUEUES;
        },
        { timeoutMs: 600_000, describe: () => delivered.size },
      );
      await waitFor(async () => (await waiting()) === 0);
      expect(mostMb).toBeLessThan(500);
    },
    LIMIT_MS,
  );
});

describe('ten times more than can be delivered, for five minutes', () => {
  const RATE = 400;
  const SECONDS = 300;

  it(
    'is accepted without loss in bounded memory, and delivered in order when it is over',
    async () => {
      deployment = await startDeployment({ env: { DELIVERY_CONCURRENCY: '2' } });
      const subscribers = await Promise.all(
        upTo(10).map(async (at) => {
          const path = `/${at}`;
          const { integrationId, organizationId } = await deployment.integration();
          await deployment.webhook({ integrationId, endPoint: receiver.url(path) });
          // Two at a time, 50 ms each: 40 a second.
          receiver.script(path, { kind: 'delay', ms: 50 });
          return { path, organizationId };
        }),
      );
      const [service] = deployment.replicas;
      let mostMb = 0;
      const perSecond = RATE / subscribers.length;
      for (let second = 0; second < SECONDS; second += 1) {
        const until = performance.now() + 1_000;
        await deployment.publish(
          ...subscribers.flatMap(({ organizationId }) =>
            upTo(perSecond).map((n) => ({
              topic: 'order.created',
              value: JSON.stringify({ organizationId, n: second * perSecond + n }),
            })),
          ),
        );
        if (service) mostMb = Math.max(mostMb, residentMegabytes(service.pid));
        await waitFor(() => performance.now() >= until);
      }
      const stored = async (): Promise<boolean> => {
        const { messages } = await deployment.database.one<{ messages: number }>(
          'SELECT sum(tail_seq)::integer AS messages FROM integration_queue',
        );
        return messages === RATE * SECONDS;
      };
      await waitFor(stored, { timeoutMs: 60_000 });
      expect(await waiting()).toBeGreaterThan(RATE * SECONDS * 0.8);
      for (const { path } of subscribers) receiver.script(path, { kind: 'answer' });
      await waitFor(async () => (await waiting()) === 0, { timeoutMs: 600_000, describe: waiting });
      for (const { path } of subscribers)
        expect(numbersAt(path)).toEqual(upTo(perSecond * SECONDS));
      expect(mostMb).toBeLessThan(400);
    },
    LIMIT_MS,
  );
});
