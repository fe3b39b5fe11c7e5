import type { KafkaRecord, MessageFailedInterface, MessageInterface } from '@app/events';
import {
  MESSAGE_FAILED_TOPIC,
  MESSAGE_PROCESS_TOPIC,
  QUEUE_NOTICE_SAMPLE,
  QUEUE_STATUS_TOPIC,
} from '@app/events';
import { createTopics, deleteTopics, uniquePrefix, waitFor, withAdmin } from '@app/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createKafka } from '../../src/kafka/kafka-client.js';
import { kafkaClientOptions, kafkaProducerOptions } from '../../src/kafka/kafka-options.js';
import type { TransportLoggerInterface } from '../../src/kafka/transport-logger.interface.js';
import { KafkaMessageEmitter } from '../../src/kafka/kafka-message.emitter.js';
import { createTestServer, KeptLog, type TestServer } from './kafka-test-server.js';

const { brokers } = inject('infrastructure');

const message = (integrationId: string): MessageInterface => ({
  integrationId,
  organizationId: 'organization-1',
  webhookId: 'webhook-1',
  messageId: `message-of-${integrationId}`,
  type: 'order/created',
  date: '2026-11-21T09:00:00.000Z',
});

const failed = (integrationId: string): MessageFailedInterface => ({
  ...message(integrationId),
  attempt: 2,
  outcome: 'rejected',
  code: 'http_status',
  statusCode: 503,
  lastErrorMessage: 'The endpoint answered 503 (é)',
  lastTriedAt: '2026-11-21T09:00:01.000Z',
  nextAttemptAt: null,
});

describe('the emitter of internal messages', () => {
  let prefix: string;
  let log: KeptLog;
  let emitter: KafkaMessageEmitter;
  let server: TestServer | undefined;
  let seen: KafkaRecord[];

  beforeEach(async () => {
    prefix = uniquePrefix('emitter');
    log = new KeptLog();
    seen = [];
    await createTopics(brokers, [`${prefix}${MESSAGE_PROCESS_TOPIC}`], 3);
    await createTopics(brokers, [`${prefix}${MESSAGE_FAILED_TOPIC}`], 3);
    await createTopics(brokers, [`${prefix}${QUEUE_STATUS_TOPIC}`], 3);
    const kafka = createKafka(kafkaClientOptions({ brokers, clientId: 'spec' }, log), log);
    emitter = new KafkaMessageEmitter({
      kafka,
      topicPrefix: prefix,
      logger: log,
      producer: { ...kafkaProducerOptions(), retry: { retries: 2, initialRetryTime: 100 } },
    });
    await emitter.connect();
  });

  afterEach(async () => {
    await emitter.disconnect();
    await server?.close();
    server = undefined;
    await deleteTopics(brokers, prefix);
  });

  async function read(): Promise<void> {
    server = await createTestServer({
      brokers,
      groupId: `${prefix}group`,
      topicPrefix: prefix,
      topics: [MESSAGE_PROCESS_TOPIC, MESSAGE_FAILED_TOPIC, QUEUE_STATUS_TOPIC],
      handler: (records) => void seen.push(...records),
    });
    await server.listen();
  }

  const valuesOn = (topic: string): unknown[] =>
    seen
      .filter((record) => record.topic === topic)
      .map(({ value }): unknown => JSON.parse(String(value)));

  it('writes each message as JSON under the id of its queue', async () => {
    await emitter.emitProcess([message('a'), message('b')]);
    await emitter.emitFailed([failed('a')]);
    await read();

    await waitFor(() => seen.length === 3);
    expect(valuesOn(MESSAGE_PROCESS_TOPIC)).toEqual(
      expect.arrayContaining([message('a'), message('b')]),
    );
    expect(valuesOn(MESSAGE_FAILED_TOPIC)).toEqual([failed('a')]);
    const keys = seen.map(({ key, value }) => [
      String(key),
      (JSON.parse(String(value)) as MessageInterface).integrationId,
    ]);
    expect(keys.every(([key, id]) => key === id)).toBe(true);
  });

  it('writes a notice with its id as a header', async () => {
    await emitter.emitNotice(QUEUE_NOTICE_SAMPLE);
    await read();

    await waitFor(() => seen.length === 1);
    const [{ key, headers }] = seen as [KafkaRecord];
    expect(valuesOn(QUEUE_STATUS_TOPIC)).toEqual([QUEUE_NOTICE_SAMPLE]);
    expect(String(key)).toBe(QUEUE_NOTICE_SAMPLE.integrationId);
    expect(String(headers['noticeId'])).toBe(QUEUE_NOTICE_SAMPLE.noticeId);
  });

  it('keeps the messages of one queue in order', async () => {
    const dates = Array.from({ length: 50 }, (_, i) => `date-${String(i).padStart(2, '0')}`);
    for (const date of dates) await emitter.emitProcess([{ ...message('a'), date }]);
    await read();

    await waitFor(() => seen.length === dates.length);
    expect(new Set(seen.map(({ partition }) => partition)).size).toBe(1);
    expect(valuesOn(MESSAGE_PROCESS_TOPIC)).toEqual(
      dates.map((date) => ({ ...message('a'), date })),
    );
  });

  it('sends nothing for an empty list', async () => {
    await emitter.disconnect();

    await expect(emitter.emitProcess([])).resolves.toBeUndefined();
    await expect(emitter.emitProcess([message('a')])).rejects.toThrow('not connected');
  });

  it('works again after a topic was deleted under it and came back', async () => {
    const topic = `${prefix}${MESSAGE_PROCESS_TOPIC}`;
    await emitter.emitProcess([message('before')]);
    await deleteUnder(emitter, topic);
    // Sends that fail at the same time share one new producer.
    expect(log.of('producer.rebuilt')).toHaveLength(1);

    await createTopics(brokers, [topic], 3);
    await emitter.emitProcess([message('after')]);
    await read();
    await waitFor(() => seen.length > 0);
    expect(valuesOn(MESSAGE_PROCESS_TOPIC)).toEqual([message('after')]);
  });

  it('stays disconnected when that happens while its producer is being replaced', async () => {
    const closing: Promise<void>[] = [];
    const logger: TransportLoggerInterface = {
      debug: (event) => log.debug(event),
      info: (event) => log.info(event),
      warn: (event) => {
        log.warn(event);
        if (event === 'producer.rebuilt') closing.push(late.disconnect());
      },
      error: (event) => log.error(event),
    };
    const kafka = createKafka(kafkaClientOptions({ brokers, clientId: 'spec' }, log), log);
    const producer = { ...kafkaProducerOptions(), retry: { retries: 2, initialRetryTime: 100 } };
    const late = new KafkaMessageEmitter({ kafka, topicPrefix: prefix, logger, producer });
    await late.connect();
    await late.emitProcess([message('before')]);
    await deleteUnder(late, `${prefix}${MESSAGE_PROCESS_TOPIC}`);

    expect(closing).toHaveLength(1);
    await Promise.all(closing);
    await expect(late.emitProcess([message('after')])).rejects.toThrow('not connected');
  });

  async function deleteUnder(one: KafkaMessageEmitter, topic: string): Promise<void> {
    await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [topic] }));
    // The broker confirms a deletion before it is done, so that the first sends may still succeed.
    await waitFor(async () => {
      const sends = ['a', 'b', 'c', 'd', 'e'].map((id) => one.emitProcess([message(id)]));
      await Promise.allSettled(sends);
      return log.of('producer.rebuilt').length > 0;
    });
  }
});
