import { createRequire } from 'node:module';
import { createTopics, deleteTopics, uniquePrefix, waitFor } from '@app/testing';
import { Kafka, logLevel, type Consumer } from 'kafkajs';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { fetchAs, type Broker, type FetchRequest } from '../../src/kafka/kafkajs-fetch-sessions.js';
import { kafkaConsumerOptions } from '../../src/kafka/kafka-options.js';
import { patchKafkajs } from '../../src/kafka/kafkajs-patches.js';
import { KeptLog, produce } from './kafka-test-server.js';

const { brokers } = inject('infrastructure');
const require = createRequire(import.meta.url);
const { prototype } = require('kafkajs/src/broker/index.js') as { prototype: Broker };
const asItComes = prototype.fetch;

const TOPICS = 10;
const PARTITIONS = 6;
/** Bytes of an answer that names no partition. */
const EMPTY_ANSWER = 18;

/** Of the consumer, as it fetches: broker, request and the session that it was answered with. */
let lately: { broker: Broker; request: FetchRequest; sessionId: number } | undefined;

beforeAll(() => {
  patchKafkajs(new KeptLog());
  const { fetch } = prototype;
  prototype.fetch = async function watched(request) {
    const response = await fetch.call(this, request);
    lately = { broker: this, request, sessionId: response.sessionId ?? 0 };
    return response;
  };
});

describe('fetches in sessions', () => {
  let prefix: string;
  let topics: string[];
  let consumer: Consumer;
  /** Bytes of the answers to fetches. */
  let answers: number[];
  let values: string[];

  beforeEach(async () => {
    prefix = uniquePrefix('sessions');
    topics = Array.from({ length: TOPICS }, (_, n) => `${prefix}topic${n}`);
    await createTopics(brokers, topics, PARTITIONS);
    answers = [];
    values = [];
    lately = undefined;
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    consumer = kafka.consumer({ ...kafkaConsumerOptions(`${prefix}group`), maxWaitTimeInMs: 50 });
    consumer.on(consumer.events.REQUEST, ({ payload }) => {
      if (payload.apiName === 'Fetch') answers.push(payload.size);
    });
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        values.push(String(message.value));
        return Promise.resolve();
      },
    });
  });

  afterEach(async () => {
    await consumer.disconnect();
    await deleteTopics(brokers, prefix);
  });

  const isIdle = (): Promise<unknown> =>
    waitFor(() => answers.at(-1) === EMPTY_ANSWER, { describe: () => answers.slice(-5) });

  const send = (topic: number, partition: number, value: string): Promise<void> =>
    produce(brokers, topics[topic] ?? '', [{ value, partition }]);

  it('name no partition where nothing comes, and one where one record comes', async () => {
    await isIdle();
    expect(answers[0]).toBeGreaterThan(TOPICS * PARTITIONS * 30);
    answers.length = 0;
    await send(3, 4, 'one');
    await waitFor(() => values.length === 1 && answers.at(-1) === EMPTY_ANSWER);
    expect(Math.max(...answers)).toBeLessThan(300);
  });

  it('bring the records of every partition, each once and in order', async () => {
    await isIdle();
    const all = Array.from({ length: TOPICS * PARTITIONS }, (_, n) => n);
    for (const round of [0, 1, 2]) {
      await Promise.all(
        topics.map((topic, t) =>
          produce(
            brokers,
            topic,
            all
              .filter((n) => n % TOPICS === t)
              .map((n) => ({ value: `${n}:${round}`, partition: Math.floor(n / TOPICS) })),
          ),
        ),
      );
    }
    await waitFor(() => values.length >= all.length * 3);
    for (const n of all) {
      const own = values.filter((value) => value.startsWith(`${n}:`));
      expect(own).toEqual([`${n}:0`, `${n}:1`, `${n}:2`]);
    }
  });

  it('leave out what is paused, and take it up where it was', async () => {
    await send(0, 0, 'before');
    await waitFor(() => values.length === 1);
    const [topic = ''] = topics;
    consumer.pause([{ topic, partitions: [0] }]);
    await send(0, 0, 'while paused');
    await send(0, 1, 'beside');
    await waitFor(() => values.length === 2);
    await isIdle();
    expect(values).toEqual(['before', 'beside']);
    consumer.resume([{ topic, partitions: [0] }]);
    await waitFor(() => values.length === 3);
    expect(values).toEqual(['before', 'beside', 'while paused']);
  });

  it('go back where they are told to', async () => {
    await send(1, 2, 'again');
    await waitFor(() => values.length === 1);
    await isIdle();
    consumer.seek({ topic: topics[1] ?? '', partition: 2, offset: '0' });
    await waitFor(() => values.length === 2);
    expect(values).toEqual(['again', 'again']);
  });

  it('begin anew where the broker knows their session no more', async () => {
    await isIdle();
    const { broker, request, sessionId } = await waitFor(() => lately);
    expect(sessionId).toBeGreaterThan(0);
    answers.length = 0;
    const end = { sessionId, sessionEpoch: -1, topics: [], forgottenTopics: [] };
    await fetchAs(broker, asItComes, request, end);
    await waitFor(() => answers.some((bytes) => bytes > TOPICS * PARTITIONS * 30));
    await send(9, 5, 'still there');
    await waitFor(() => values.length === 1);
    await isIdle();
    expect(lately?.sessionId).not.toBe(sessionId);
  });
});
