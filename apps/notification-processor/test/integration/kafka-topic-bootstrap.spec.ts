import { createServer, type AddressInfo } from 'node:net';
import { createTopics, deleteTopics, uniquePrefix, withAdmin } from '@app/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createKafka } from '../../src/kafka/kafka-client.js';
import { kafkaProbeOptions } from '../../src/kafka/kafka-options.js';
import { bootstrapTopics, type TopicBootstrapOptions } from '../../src/kafka/topic-bootstrap.js';
import { KeptLog } from './kafka-test-server.js';

const { brokers } = inject('infrastructure');

const TOPICS = Array.from({ length: 59 }, (_, i) => `topic-${i}`);

describe('the topic bootstrap', () => {
  let prefix: string;
  let log: KeptLog;

  beforeEach(() => {
    prefix = uniquePrefix('bootstrap');
    log = new KeptLog();
  });

  afterEach(() => deleteTopics(brokers, prefix));

  function bootstrap(
    more: Partial<TopicBootstrapOptions>,
    at: readonly string[] = brokers,
  ): Promise<readonly string[]> {
    return bootstrapTopics({
      kafka: createKafka(kafkaProbeOptions({ brokers: at, clientId: 'spec' }, log), log),
      brokers: at,
      topics: TOPICS,
      topicPrefix: prefix,
      create: true,
      partitions: 2,
      replication: 1,
      timeoutMs: 20_000,
      logger: log,
      ...more,
    });
  }

  const leadersOfAll = (): Promise<number[][]> =>
    withAdmin(brokers, async (admin) => {
      const topics = TOPICS.map((topic) => `${prefix}${topic}`);
      const metadata = await admin.fetchTopicMetadata({ topics });
      const byName = new Map(metadata.topics.map(({ name, partitions }) => [name, partitions]));
      return topics.map((topic) => (byName.get(topic) ?? []).map(({ leader }) => leader));
    });

  it('creates every topic with its partitions and waits for the leaders', async () => {
    const created = await bootstrap({});

    expect(created).toEqual(TOPICS.map((topic) => `${prefix}${topic}`));
    const leaders = await leadersOfAll();
    expect(leaders).toHaveLength(TOPICS.length);
    expect(leaders.every((of) => of.length === 2 && of.every((leader) => leader >= 0))).toBe(true);
  });

  it('creates only what is missing and leaves an existing topic as it is', async () => {
    await createTopics(brokers, [`${prefix}topic-0`], 1);

    expect(await bootstrap({})).not.toContain(`${prefix}topic-0`);
    expect((await leadersOfAll())[0]).toHaveLength(1);
    expect(await bootstrap({})).toEqual([]);
  });

  it('lets several replicas do it at once', async () => {
    await Promise.all([bootstrap({}), bootstrap({}), bootstrap({}), bootstrap({})]);

    expect((await leadersOfAll()).every((leaders) => leaders.length === 2)).toBe(true);
    expect(log.of('broker.awaited')).toEqual([]);
  });

  it('names every missing topic and what to do when it may not create them', async () => {
    await createTopics(brokers, [`${prefix}topic-0`]);
    const topics = ['topic-0', 'order/created', 'order.updated'];

    await expect(bootstrap({ create: false, topics })).rejects.toMatchObject({
      name: 'TopicsMissingError',
      code: 'topics_missing',
      topics: [`${prefix}order/created`, `${prefix}order.updated`],
      message:
        `2 Kafka topics are missing: ${prefix}order/created, ${prefix}order.updated. Create ` +
        'them, or set KAFKA_CREATE_TOPICS=true to let the service do it, or check ' +
        'KAFKA_TOPIC_PREFIX.',
    });
  });

  it('says why the broker does not create a topic', async () => {
    await expect(bootstrap({ replication: 99, timeoutMs: 1_000 })).rejects.toMatchObject({
      name: 'TopicsNotReadyError',
      message: expect.stringMatching(
        /^Kafka topics are not ready \(Replication-factor is invalid\)/,
      ),
    });
  });

  it('gives up at its limit when no broker answers, and has said that it waits', async () => {
    const address = `127.0.0.1:${await closedPort()}`;

    await expect(bootstrap({ timeoutMs: 1_000 }, [address])).rejects.toMatchObject({
      name: 'BrokerUnreachableError',
      message: expect.stringMatching(
        new RegExp(`KAFKA_BROKERS: ${address}.* Check KAFKA_BROKERS, KAFKA_SSL`),
      ),
    });
    expect(log.of('broker.awaited').length).toBeGreaterThan(1);
  });

  it('needs only one of the addresses to answer, whichever it is', async () => {
    const addresses = [`127.0.0.1:${await closedPort()}`, ...brokers];

    expect(await bootstrap({ topics: ['topic-0'] }, addresses)).toEqual([`${prefix}topic-0`]);
    expect(log.of('broker.awaited')).toEqual([]);
  });

  it('gives up at once when the broker does not ask for the credentials it is given', async () => {
    const sasl = { mechanism: 'plain', username: 'user', password: 'hunter2' } as const;
    const settings = { brokers, clientId: 'spec', sasl };
    const kafka = createKafka(kafkaProbeOptions(settings, log), log);

    const failed = bootstrap({ kafka });
    await expect(failed).rejects.toMatchObject({
      name: 'BrokerRefusedError',
      message: expect.stringMatching(/SASL state.*Check KAFKA_SASL_MECHANISM/),
    });
    await expect(failed).rejects.not.toThrow(/hunter2/);
    expect(log.of('broker.awaited')).toEqual([]);
  });

  it('gives up at its limit when something listens but does not answer', async () => {
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const sockets: { destroy(): void }[] = [];
    mute.on('connection', (socket) => sockets.push(socket));
    const address = `127.0.0.1:${(mute.address() as AddressInfo).port}`;

    const before = performance.now();
    await expect(bootstrap({ timeoutMs: 1_000 }, [address])).rejects.toMatchObject({
      name: 'BrokerUnreachableError',
    });
    expect(performance.now() - before).toBeLessThan(3_000);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => mute.close(resolve));
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
