import { createTopics, deleteTopics, Gate, uniquePrefix, waitFor } from '@app/testing';
import type { Consumer, EachBatchHandler } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { ConsumerSupervisor, type ConsumerFailure } from '../../src/kafka/consumer-supervision.js';
import { createKafka } from '../../src/kafka/kafka-client.js';
import { kafkaClientOptions, kafkaConsumerOptions } from '../../src/kafka/kafka-options.js';
import { KeptLog, produce } from './kafka-test-server.js';

const { brokers } = inject('infrastructure');

describe('the supervision of a consumer', () => {
  let prefix: string;
  let log: KeptLog;
  let failures: ConsumerFailure[];
  let supervisor: ConsumerSupervisor;
  let consumer: Consumer;

  beforeEach(async () => {
    prefix = uniquePrefix('supervision');
    log = new KeptLog();
    failures = [];
    await createTopics(brokers, [`${prefix}orders`], 3);
  });

  afterEach(async () => {
    supervisor.close();
    await consumer.disconnect();
    await deleteTopics(brokers, prefix);
  });

  async function run(eachBatch: EachBatchHandler, silenceMs?: number): Promise<void> {
    supervisor = new ConsumerSupervisor({
      name: 'domain',
      logger: log,
      onFailure: (failure) => void failures.push(failure),
      ...(silenceMs === undefined ? {} : { silenceMs }),
    });
    const kafka = createKafka(kafkaClientOptions({ brokers, clientId: 'spec' }, log), log);
    consumer = kafka.consumer(kafkaConsumerOptions(`${prefix}group`));
    supervisor.attach(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [`${prefix}orders`], fromBeginning: true });
    await consumer.run({ eachBatchAutoResolve: false, eachBatch });
  }

  it('knows since when the consumer is a member, of how many partitions, and its last fetch', async () => {
    await run(() => Promise.resolve());
    const { lastFetchAt } = await waitFor(() => {
      const status = supervisor.status();
      return status.lastFetchAt === null ? null : status;
    });

    expect(supervisor.status()).toMatchObject({ consumer: 'domain', joined: true, partitions: 3 });
    expect(supervisor.status().since?.getTime()).toBeLessThanOrEqual(lastFetchAt?.getTime() ?? 0);
    expect(log.of('group.joined')).toHaveLength(1);

    await consumer.disconnect();
    expect(supervisor.status()).toMatchObject({ joined: false, partitions: 0 });
    expect(log.of('group.left')).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  it('reports a crash from which kafkajs does not restart', async () => {
    await run(() => Promise.reject(new TypeError('not a function')));
    await produce(brokers, `${prefix}orders`, [{ value: 'a' }]);

    await waitFor(() => failures.length > 0);

    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ consumer: 'domain', reason: 'crashed' });
    expect(failures[0]?.message).toMatch(/"domain" has crashed and does not restart:.*not a fun/);
    expect(supervisor.status().joined).toBe(false);
    expect(log.of('consumer.failed')).toHaveLength(1);
  });

  it('reports a consumer that gives no sign of life', async () => {
    const gate = new Gate();
    await run(() => gate.opened, 1_500);
    await produce(brokers, `${prefix}orders`, [{ value: 'a' }]);

    await waitFor(() => failures.length > 0);
    gate.open();

    expect(failures[0]).toMatchObject({ consumer: 'domain', reason: 'silent' });
    expect(failures[0]?.message).toMatch(/no sign of life for \d+ s/);
  });

  it('takes an idle consumer for a living one', async () => {
    let fetches = 0;
    await run(() => Promise.resolve(), 1_500);
    consumer.on(consumer.events.FETCH, () => void fetches++);

    // Idle fetches take half a second each: five outlast the allowed silence.
    await waitFor(() => fetches >= 5);

    expect(failures).toEqual([]);
  });
});
