import { createRequire } from 'node:module';
import { createTopics, deleteTopics, uniquePrefix, waitFor } from '@app/testing';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { kafkaConsumerOptions } from '../../src/kafka/kafka-options.js';
import { patchKafkajs } from '../../src/kafka/kafkajs-patches.js';
import { KeptLog } from './kafka-test-server.js';

const { brokers } = inject('infrastructure');
const require = createRequire(import.meta.url);

describe('an idle Kafka connection', () => {
  let prefix: string;

  beforeEach(async () => {
    prefix = uniquePrefix('idle');
    await createTopics(brokers, [`${prefix}orders`]);
  });

  afterEach(() => deleteTopics(brokers, prefix));

  /** How often kafkajs arms its request timer while an idle consumer sends three heartbeats. */
  async function countTimers(): Promise<number> {
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    const options = { ...kafkaConsumerOptions(`${prefix}group`), heartbeatInterval: 100 };
    const consumer = kafka.consumer(options);
    await consumer.connect();
    await consumer.subscribe({ topics: [`${prefix}orders`] });
    await consumer.run({ eachBatch: () => Promise.resolve() });
    const timers = vi.spyOn(globalThis, 'setTimeout');
    try {
      let beats = 0;
      consumer.on(consumer.events.HEARTBEAT, () => void beats++);
      await waitFor(() => beats >= 3);
      return timers.mock.calls.filter(([work]) => String(work).includes('checkPendingRequests'))
        .length;
    } finally {
      timers.mockRestore();
      await consumer.disconnect();
    }
  }

  it('wakes without end in kafkajs as it comes, and never once it is patched', async () => {
    // When this fails, kafkajs has mended its loop and the patch can go.
    expect(await countTimers()).toBeGreaterThan(50);

    const log = new KeptLog();
    patchKafkajs(log);
    expect(log.lines).toEqual([]);
    expect(await countTimers()).toBe(0);
  });

  it('still sends a request that had to wait for a free slot', async () => {
    patchKafkajs(new KeptLog());
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ maxInFlightRequests: 1, allowAutoTopicCreation: false });
    await producer.connect();
    try {
      const sends = Array.from({ length: 20 }, (_, i) =>
        producer.send({ topic: `${prefix}orders`, messages: [{ value: String(i) }] }),
      );
      await expect(Promise.all(sends)).resolves.toHaveLength(20);
    } finally {
      await producer.disconnect();
    }
  });

  it('is patched for the version of kafkajs that is installed', () => {
    const { version } = require('kafkajs/package.json') as { version: string };

    expect(version).toBe('2.2.4');
  });
});
