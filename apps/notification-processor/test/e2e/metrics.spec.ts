import { DEAD_LETTER_REASONS, ORGANIZATION_TOPICS } from '@app/events';
import {
  freePort,
  Scrape,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
  type SeededIntegration,
  type ServiceProcess,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Of the good receiver; every one of the others gets one, and refuses it. */
const MESSAGES = 40;
const WAITING = 5;

let deployment: Deployment;
let receiver: TestReceiver;
let one: ServiceProcess;
let other: ServiceProcess;

beforeAll(async () => {
  // A blocked queue stays as it is, so that its attempts can be counted.
  const env = { RECOVERY_MODE: 'manual' };
  [deployment, receiver] = await Promise.all([
    startDeployment({ env, replicas: 2 }),
    TestReceiver.start(),
  ]);
  const [first, second] = deployment.replicas;
  if (!first || !second) throw new Error('no replicas');
  [one, other] = [first, second];
});
afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

async function subscriber(endPoint: string): Promise<SeededIntegration> {
  const integration = await deployment.integration();
  await deployment.webhook({ ...integration, endPoint });
  return integration;
}

const publish = ({ organizationId }: SeededIntegration, count: number): Promise<void> =>
  deployment.publish(
    ...Array.from({ length: count }, (_, n) => ({
      topic: 'order.created',
      value: JSON.stringify({ organizationId, n }),
    })),
  );

/** Of both replicas together: each counts what it did itself. */
async function sums(): Promise<(name: string, label: string) => Record<string, number>> {
  const scrapes = await Promise.all([Scrape.of(one.url), Scrape.of(other.url)]);
  return (name, label) => {
    const sum: Record<string, number> = {};
    for (const [value, count] of scrapes.flatMap((each) =>
      Object.entries(each.counted(name, label)),
    ))
      sum[value] = (sum[value] ?? 0) + count;
    return sum;
  };
}

const sumOf = async (name: string): Promise<number> => {
  const scrapes = await Promise.all([Scrape.of(one.url), Scrape.of(other.url)]);
  return scrapes.reduce((sum, scrape) => sum + (scrape.value(name) ?? 0), 0);
};

const BY_TOPIC = ['webhooks_consumer_lag_records', 'topic'] as const;

// The steps of one story: a replica reads queues and lag rarely, so each is asked when it matters.
describe('the metrics of two replicas', () => {
  let good: SeededIntegration;
  let refusing: SeededIntegration;

  it('show in one what waits in Kafka while nothing can be stored', async () => {
    good = await subscriber(receiver.url('/good'));
    const session = await deployment.database.connect();
    await session.query('BEGIN');
    await session.query('LOCK TABLE integration_queue_message IN EXCLUSIVE MODE');
    await publish(good, MESSAGES);
    const scrape = await Scrape.of(one.url);
    expect(scrape.counted(...BY_TOPIC)).toEqual({ 'order.created': MESSAGES });
    expect(scrape.value('webhooks_consumer_lag_records', { topic: 'order.updated' })).toBe(0);
    expect(scrape.value('webhooks_messages_waiting')).toBe(0);
    expect(scrape.value('webhooks_records_consumed_total', { topic: 'order.created' })).toBe(0);
    await session.query('COMMIT');
    await receiver.waitForCount(MESSAGES, { path: '/good' });
  });

  it('count records, messages and dead letters by their reason', async () => {
    await deployment.publish(
      { topic: 'order.created', value: null },
      { topic: 'order.updated', value: null },
      { topic: 'order.updated', value: 'no JSON' },
    );
    await waitFor(async () => (await sumOf('webhooks_messages_enqueued_total')) === MESSAGES);
    const consumed = { 'order.created': MESSAGES + 1, 'order.updated': 2 };
    const found = await waitFor(async () => {
      const now = await sums();
      return Object.keys(now('webhooks_dead_letters_total', 'reason')).length === 2 && now;
    });
    await waitFor(async () => {
      const records = (await sums())('webhooks_records_consumed_total', 'topic');
      return records['order.created'] === MESSAGES + 1 && records['order.updated'] === 2;
    });
    expect((await sums())('webhooks_records_consumed_total', 'topic')).toEqual(consumed);
    expect(found('webhooks_dead_letters_total', 'reason')).toEqual({ tombstone: 2, not_json: 1 });
    expect(await sumOf('webhooks_enqueue_batch_records_sum')).toBe(MESSAGES + 3);
    expect(await sumOf('webhooks_enqueue_duration_seconds_count')).toBeGreaterThanOrEqual(2);
    expect(await sumOf('webhooks_messages_duplicate_total')).toBe(0);
  });

  it('count deliveries by their outcome, and time them', async () => {
    receiver.script('/refusing', { kind: 'answer', status: 503 });
    receiver.script('/moved', { kind: 'redirect', location: receiver.url('/good') });
    refusing = await subscriber(receiver.url('/refusing'));
    const others = [
      await subscriber(receiver.url('/moved')),
      await subscriber(`http://127.0.0.1:${await freePort()}/`),
      await subscriber('http://10.1.2.3/'),
    ];
    await publish(refusing, WAITING);
    for (const each of others) await publish(each, 1);
    const outcomes = {
      delivered: MESSAGES,
      http_status: 1,
      redirect: 1,
      connection_refused: 1,
      address_refused: 1,
    };
    const counted = async () => (await sums())('webhooks_deliveries_total', 'outcome');
    await waitFor(async () => Object.keys(await counted()).length === 5, { describe: counted });
    expect(await counted()).toEqual(outcomes);
    const attempts = MESSAGES + 4;
    expect(await sumOf('webhooks_attempt_duration_seconds_count')).toBe(attempts);
    expect(await sumOf('webhooks_settle_duration_seconds_count')).toBe(attempts);
    expect(await sumOf('webhooks_settle_duration_seconds_sum')).toBeGreaterThan(0);
    expect((await sums())('webhooks_leases_lost_total', 'how')).toEqual({});
    // kafkajs has errors to tell while the coordinator of a new group comes up.
    const failures = Object.keys((await sums())('webhooks_own_failures_total', 'event'));
    expect(failures.filter((event) => event !== 'kafka.reported')).toEqual([]);
    expect((await sums())('webhooks_collection_errors_total', 'collector')).toEqual({});
  });
});

describe('a replica that starts later', () => {
  let scrape: Scrape;

  beforeAll(async () => {
    const late = await deployment.start();
    scrape = await Scrape.of(late.url);
  });

  it('tells what waits in the database and in Kafka like all others', () => {
    expect(scrape.counted('webhooks_queues', 'status')).toEqual({ HEALTHY: 1, BLOCKED: 4 });
    for (const sort of ['suspended', 'paused', 'given_up'])
      expect(scrape.value(`webhooks_queues_${sort}`)).toBe(0);
    expect(scrape.value('webhooks_messages_waiting')).toBe(WAITING + 3);
    expect(scrape.value('webhooks_longest_blocked_seconds')).toBeGreaterThan(0);
    expect(scrape.value('webhooks_oldest_head_age_seconds')).toBeGreaterThan(
      scrape.value('webhooks_longest_blocked_seconds') ?? Infinity,
    );
    expect(scrape.value('webhooks_oldest_sendable_head_age_seconds')).toBe(0);
    expect(scrape.counted(...BY_TOPIC)).toEqual({});
    expect(scrape.value('webhooks_consumer_lag_records', { topic: 'order.created' })).toBe(0);
  });

  it('has delivered nothing, and is at work on nothing', () => {
    expect(scrape.counted('webhooks_deliveries_total', 'outcome')).toEqual({});
    expect(scrape.value('webhooks_deliveries_in_flight')).toBe(0);
    expect(scrape.value('webhooks_database_pool_max_connections')).toBe(6);
    expect(scrape.value('webhooks_database_pool_connections')).toBeGreaterThan(0);
    expect(scrape.value('webhooks_database_pool_waiting_callers')).toBe(0);
    expect(scrape.value('process_start_time_seconds')).toBeGreaterThan(0);
    expect(scrape.value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  });

  it('has few series, none of which has an id or a name from outside', () => {
    const own = scrape.samples.filter(({ name }) => name.startsWith('webhooks_'));
    expect(own.length).toBeLessThan(280);
    const labels = new Set(own.flatMap((sample) => Object.keys(sample.labels)));
    expect([...labels].toSorted()).toEqual(
      ['collector', 'event', 'how', 'le', 'outcome', 'reason', 'status', 'topic'].toSorted(),
    );
    const known = new Set<string>([...ORGANIZATION_TOPICS, ...DEAD_LETTER_REASONS]);
    for (const { topic, reason } of own.map((sample) => sample.labels))
      for (const value of [topic, reason])
        expect(value === undefined || known.has(value)).toBe(true);
    expect(scrape.text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
    expect(scrape.text).not.toContain(deployment.topicPrefix);
  });
});

describe('/metrics of the processor', () => {
  const ask = (method: string): Promise<Response> => fetch(`${one.url}/metrics`, { method });

  it('is plain text that no cache keeps, for GET and HEAD alone', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await ask(method);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect((await answer.text()) === '').toBe(method === 'HEAD');
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await ask(method);
      expect(answer.status, method).toBe(405);
      expect(answer.headers.get('allow')).toBe('GET, HEAD');
    }
  });
});
