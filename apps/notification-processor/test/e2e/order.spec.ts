import {
  findOverlaps,
  receivedEvents,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
  type PublishedRecord,
  type ReceivedEvent,
  type ServiceExit,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const QUEUES = 50;
const MESSAGES = 200;

/** Each of them matches two webhooks of its queue, and each of the others one: 2·70 + 60 = 200. */
const CREATED = 70;
const UPDATED = 60;

interface Queue {
  readonly integrationId: string;
  readonly organizationId: string;
  readonly path: string;
}

let deployment: Deployment;
let receiver: TestReceiver;
let queues: Queue[];
let stop: ServiceExit | undefined;
let byQueue: ReadonlyMap<string, readonly ReceivedEvent[]>;

async function subscribe(index: number): Promise<Queue> {
  const { integrationId, organizationId } = await deployment.integration();
  const path = `/queue/${index}`;
  const endPoint = receiver.url(path);
  await deployment.webhook({ integrationId, type: null, endPoint });
  await deployment.webhook({ integrationId, type: 'order/created', endPoint });
  return { integrationId, organizationId, path };
}

/** The n-th record of every queue; a queue's records have its key, and thus one partition a topic. */
function round(topic: string, n: number): PublishedRecord[] {
  return queues.map(({ organizationId }) => ({
    topic,
    key: organizationId,
    value: JSON.stringify({ organizationId, n }),
  }));
}

async function publishRounds(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 10) {
    const numbers = Array.from({ length: 10 }, (_, index) => n + index);
    await deployment.publish(
      ...numbers.flatMap((each) => (each < CREATED ? round('order.created', each) : [])),
      ...numbers.flatMap((each) => (each < UPDATED ? round('order.updated', each) : [])),
    );
  }
}

beforeAll(async () => {
  receiver = await TestReceiver.start();
  const env = { KAFKA_TOPIC_PARTITIONS: '3' };
  deployment = await startDeployment({ replicas: 3, env });
  queues = await Promise.all(Array.from({ length: QUEUES }, (_, index) => subscribe(index)));
  const [first, ...staying] = deployment.replicas;

  // A fourth replica comes and the first one goes while events flow in and out.
  await publishRounds(0, 30);
  const fourth = deployment.start();
  await publishRounds(30, 50);
  await fourth;
  const total = QUEUES * MESSAGES;
  const arrived = (share: number) => receiver.requests.length >= total * share;
  await receiver.waitFor(() => arrived(0.3), { timeoutMs: 60_000 });
  for (const replica of [first, ...staying]) await replica?.log.waitFor('delivery.attempted');
  const stopped = first?.stop();
  await publishRounds(50, CREATED);
  stop = await stopped;
  await receiver.waitFor(() => arrived(1), { timeoutMs: 90_000 });

  const found = new Map<string, ReceivedEvent[]>(queues.map(({ path }) => [path, []]));
  for (const event of receivedEvents(receiver)) found.get(event.request.path)?.push(event);
  byQueue = found;
}, 180_000);

afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

const eventsOf = (queue: Queue): readonly ReceivedEvent[] => byQueue.get(queue.path) ?? [];

describe('50 queues of 200 messages, on replicas that come and go', () => {
  it('are delivered whole: nothing is lost and nothing comes twice', async () => {
    const ids = [...byQueue.values()].flatMap((events) => events.map((each) => each.messageId));
    expect(ids).toHaveLength(QUEUES * MESSAGES);
    expect(new Set(ids).size).toBe(QUEUES * MESSAGES);
    expect(queues.map((queue) => eventsOf(queue).length)).toEqual(queues.map(() => MESSAGES));
    // What was delivered is also recorded so, and none of the queues is blocked.
    await waitFor(async () => {
      const { open } = await deployment.database.one<{ open: string }>(
        `SELECT count(*) AS open FROM integration_queue
         WHERE head_seq <= tail_seq OR status <> 'HEALTHY'`,
      );
      return open === '0';
    });
  });

  it('keep their order: messages arrive by their numbers, without a gap', async () => {
    const rows = await deployment.database.query<{
      queue_id: string;
      ids: string[];
      gaps: boolean;
    }>(
      `SELECT queue_id, array_agg(message_id::text ORDER BY seq) AS ids,
              max(seq) <> count(*) OR min(seq) <> 1 AS gaps
       FROM integration_queue_message GROUP BY queue_id`,
    );
    const stored = new Map(rows.map((row) => [row.queue_id, row.ids]));
    expect(rows.filter(({ gaps }) => gaps)).toEqual([]);
    for (const queue of queues) {
      const arrived = eventsOf(queue).map(({ messageId }) => messageId);
      expect(arrived).toEqual(stored.get(queue.integrationId));
    }
  });

  it('keep the order of the producer for every webhook and type', () => {
    const expected: Readonly<Record<string, number>> = {
      'order/created': CREATED,
      'order/updated': UPDATED,
    };
    for (const queue of queues) {
      const numbers = new Map<string, number[]>();
      for (const { webhookId, type, body } of eventsOf(queue)) {
        const key = `${type} ${webhookId}`;
        const { n } = JSON.parse(String(body)) as { n: number };
        numbers.set(key, [...(numbers.get(key) ?? []), n]);
      }
      expect(numbers.size).toBe(3);
      for (const [key, list] of numbers) {
        const count = expected[key.split(' ')[0] ?? ''];
        expect(list).toEqual(Array.from({ length: count ?? 0 }, (_, n) => n));
      }
    }
  });

  it('have one request in flight each', () => {
    expect(findOverlaps(receiver.requests)).toEqual([]);
  });

  it('were shared by the replicas: by the one that stopped, and by the one that came', async () => {
    const attempts = () =>
      deployment.replicas.map(({ log }) => log.of('delivery.attempted').length);
    const messages = () =>
      deployment.replicas.map(({ log }) =>
        log.of('batch.enqueued').reduce((sum, line) => sum + Number(line['messages']), 0),
      );
    const total = (counts: readonly number[]) => counts.reduce((sum, each) => sum + each, 0);
    await waitFor(() => total(attempts()) >= QUEUES * MESSAGES, { describe: attempts });

    expect(total(attempts())).toBe(QUEUES * MESSAGES);
    expect(total(messages())).toBe(QUEUES * MESSAGES);
    expect(stop).toEqual({ code: 0, signal: null });
    expect(Math.min(...attempts().slice(0, 3))).toBeGreaterThan(0);
    expect(Math.min(...messages().slice(0, 3))).toBeGreaterThan(0);
    const joined = deployment.replicas[3]?.log.of('group.joined') ?? [];
    const assigned = joined.filter(
      ({ consumer, partitions }) => consumer === 'domain' && partitions,
    );
    expect(assigned.length).toBeGreaterThan(0);
  });
});
