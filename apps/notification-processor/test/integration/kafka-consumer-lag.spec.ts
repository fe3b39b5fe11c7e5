import {
  createTopics,
  deleteTopics,
  freePort,
  TestPublisher,
  uniquePrefix,
  waitFor,
  withAdmin,
} from '@app/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ConsumerLagReader } from '../../src/kafka/consumer-lag.reader.js';
import { createKafka } from '../../src/kafka/kafka-client.js';
import { kafkaScrapeOptions } from '../../src/kafka/kafka-options.js';
import { KeptLog } from './kafka-test-server.js';

const { brokers } = inject('infrastructure');
const TOPICS = ['first', 'second', 'third'] as const;

let prefix: string;
let publisher: TestPublisher;
const readers: ConsumerLagReader<(typeof TOPICS)[number]>[] = [];

beforeAll(async () => {
  prefix = uniquePrefix('lag');
  const names = TOPICS.map((topic) => `${prefix}${topic}`);
  await createTopics(brokers, names, 3);
  // A partition has a leader before it is served, and a producer that comes too early repeats itself.
  await withAdmin(brokers, (admin) =>
    waitFor(() =>
      Promise.all(names.map((name) => admin.fetchTopicOffsets(name))).catch(() => undefined),
    ),
  );
  // On a broker that nobody has used the group's coordinator loads first.
  const early = reader();
  await waitFor(() => early.read().catch(() => undefined));
  publisher = await TestPublisher.connect(brokers, prefix);
});

afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

afterAll(async () => {
  await publisher.disconnect();
  await deleteTopics(brokers, prefix);
});

function reader(at: readonly string[] = brokers): ConsumerLagReader<(typeof TOPICS)[number]> {
  const log = new KeptLog();
  const kafka = createKafka(kafkaScrapeOptions({ brokers: at, clientId: 'spec' }, log), log);
  const made = new ConsumerLagReader({
    kafka,
    groupId: `${prefix}group`,
    topics: TOPICS,
    topicPrefix: prefix,
  });
  readers.push(made);
  return made;
}

const publish = (topic: string, ...partitions: readonly number[]): Promise<void> =>
  publisher.publish(...partitions.map((partition) => ({ topic, partition, value: '{}' })));

const commit = (topic: string, partition: number, offset: number): Promise<void> =>
  withAdmin(brokers, (admin) =>
    admin.setOffsets({
      groupId: `${prefix}group`,
      topic: `${prefix}${topic}`,
      partitions: [{ partition, offset: String(offset) }],
    }),
  );

describe('the consumer lag', () => {
  it('is what the group has not committed, over the partitions of a topic', async () => {
    await publish('first', 0, 0, 0, 1, 2, 2);
    await publish('second', 1);
    const subject = reader();
    expect(Object.fromEntries(await subject.read())).toEqual({ first: 6, second: 1, third: 0 });
    await commit('first', 0, 2);
    await commit('first', 2, 2);
    await commit('second', 1, 1);
    expect(Object.fromEntries(await subject.read())).toEqual({ first: 2, second: 0, third: 0 });
    await publish('third', 2);
    expect(Object.fromEntries(await subject.read())).toEqual({ first: 2, second: 0, third: 1 });
  });

  it('does not count what was deleted before anybody read it', async () => {
    await publish('third', 0, 0, 0);
    const before = (await reader().read()).get('third') ?? 0;
    const topic = `${prefix}third`;
    await withAdmin(brokers, async (admin) => {
      // Without having asked for anything else it knows no leader of the partition.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    });
    expect((await reader().read()).get('third')).toBe(before - 2);
  });

  it('rejects soon where no broker is, as often as it is asked', async () => {
    const away = reader([`127.0.0.1:${await freePort()}`]);
    await expect(away.read()).rejects.toThrow('ECONNREFUSED');
    await expect(away.read()).rejects.toThrow('ECONNREFUSED');
  });

  it('takes a new connection after it was closed', async () => {
    const subject = reader();
    const first = await subject.read();
    subject.close();
    expect(await subject.read()).toEqual(first);
  });
});
