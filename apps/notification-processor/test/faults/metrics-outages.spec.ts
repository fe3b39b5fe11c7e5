import {
  Deployment,
  Scrape,
  startKafka,
  waitFor,
  type KafkaServer,
  type ServiceProcess,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

/** A scrape waits 3 s at most; the rest is for a machine that is busy. Prometheus waits 10 s. */
const SCRAPE_LIMIT_MS = 6_000;

let kafka: KafkaServer;
let deployment: Deployment;
let service: ServiceProcess;

beforeAll(async () => {
  kafka = await startKafka({ log: () => undefined });
  const infrastructure = { ...inject('infrastructure'), brokers: kafka.brokers };
  deployment = await Deployment.create({ infrastructure });
});
afterAll(async () => {
  for (const replica of deployment.replicas) replica.kill('SIGKILL');
  await Promise.all(deployment.replicas.map(({ exited }) => exited));
  await Promise.all([deployment.database.drop(), kafka.dispose()]);
});

async function timedScrape(): Promise<Scrape> {
  const startedAt = performance.now();
  const scrape = await Scrape.of(service.url);
  expect(performance.now() - startedAt).toBeLessThan(SCRAPE_LIMIT_MS);
  return scrape;
}

/** Counted while a scrape is under way, told by the next. */
const errors = async (): Promise<Record<string, number>> =>
  (await timedScrape()).counted('webhooks_collection_errors_total', 'collector');

describe('a scrape', () => {
  it('while nothing of the database can be read has all the rest, and waits no longer', async () => {
    service = await deployment.start();
    const session = await deployment.database.connect();
    await session.query('BEGIN');
    await session.query('LOCK TABLE integration_queue IN ACCESS EXCLUSIVE MODE');
    const scrape = await timedScrape();
    expect(scrape.value('webhooks_queues', { status: 'HEALTHY' })).toBeUndefined();
    expect(scrape.value('webhooks_messages_waiting')).toBeUndefined();
    expect(scrape.value('webhooks_oldest_head_age_seconds')).toBeUndefined();
    expect(scrape.value('webhooks_consumer_lag_records', { topic: 'order.created' })).toBe(0);
    expect(await errors()).toEqual({ queues: 1 });
    await session.query('COMMIT');
    await waitFor(async () => (await timedScrape()).value('webhooks_messages_waiting') === 0);
  });

  it('while the broker hangs has all the rest, and waits no longer', async () => {
    service = await deployment.start();
    const { pid } = kafka;
    if (pid === undefined) throw new Error('the broker is no process of this machine');
    process.kill(pid, 'SIGSTOP');
    try {
      const scrape = await timedScrape();
      expect(scrape.names).not.toContain('webhooks_consumer_lag_records');
      expect(scrape.value('webhooks_queues', { status: 'HEALTHY' })).toBe(0);
      expect(scrape.value('webhooks_deliveries_total', { outcome: 'delivered' })).toBe(0);
      expect(await errors()).toEqual({ consumer_lag: 1 });
      expect(await service.log.waitFor('collection.failed')).toMatchObject({
        collector: 'consumer_lag',
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('while the broker is gone has all the rest at once', async () => {
    service = await deployment.start();
    await kafka.kill();
    const scrape = await timedScrape();
    expect(scrape.names).not.toContain('webhooks_consumer_lag_records');
    expect(scrape.value('webhooks_queues', { status: 'HEALTHY' })).toBe(0);
    expect(await errors()).toEqual({ consumer_lag: 1 });
  });
});
