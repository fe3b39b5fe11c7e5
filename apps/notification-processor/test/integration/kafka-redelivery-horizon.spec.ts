import {
  freePort,
  startSecuredKafka,
  TestAuthority,
  deleteTopics,
  uniquePrefix,
  waitFor,
  withAdmin,
} from '@app/testing';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from 'kafkajs';
import { afterAll, afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createKafka } from '../../src/kafka/kafka-client.js';
import { kafkaProbeOptions, type KafkaSettings } from '../../src/kafka/kafka-options.js';
import { RedeliveryHorizon } from '../../src/kafka/redelivery-horizon.js';
import { KeptLog } from './kafka-test-server.js';

const { brokers } = inject('infrastructure');

const DAY_MS = 24 * 3_600_000;

let log: KeptLog;
let prefix: string;
beforeEach(() => {
  log = new KeptLog();
  prefix = uniquePrefix('horizon');
});
afterEach(() => deleteTopics(brokers, prefix));

function horizon(
  topics: readonly string[],
  settings: KafkaSettings = { brokers, clientId: 'spec' },
): RedeliveryHorizon {
  const kafka = createKafka(kafkaProbeOptions(settings, log), log);
  return new RedeliveryHorizon({ kafka, topics, logger: log });
}

type Settings = Readonly<Record<string, string>>;

/** Topics with these settings, and the horizon over them. */
async function daysWith(...settings: Settings[]): Promise<number | undefined> {
  const topics = settings.map((_, n) => `${prefix}${n}`);
  await withAdmin(brokers, async (admin) => {
    await admin.createTopics({
      waitForLeaders: false,
      topics: settings.map((entries, n) => ({
        topic: `${prefix}${n}`,
        numPartitions: 1,
        replicationFactor: 1,
        configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
      })),
    });
    await waitFor(async () => {
      const existing = new Set(await admin.listTopics());
      return topics.every((topic) => existing.has(topic));
    });
  });
  return horizon(topics).days();
}

const days = (n: number): string => String(n * DAY_MS);

describe('how long Kafka may bring a record again', () => {
  it('is what it keeps by default, and a day more', async () => {
    // 7 days of retention, after up to 7 days in which a segment is written to.
    expect(await daysWith({})).toBe(15);
  });

  it('is that of the topic that keeps longest', async () => {
    const short = { 'retention.ms': days(1), 'segment.ms': days(1) };
    const long = { 'retention.ms': days(20), 'segment.ms': String(3_600_000) };
    expect(await daysWith(short, long, short)).toBe(22);
  });

  it.each<[string, Settings]>([
    ['without a limit of time', { 'retention.ms': '-1' }],
    ['with the longest limit there is', { 'retention.ms': '9223372036854775807' }],
    ['that is only compacted', { 'cleanup.policy': 'compact' }],
  ])('is for ever with a topic %s', async (_name, settings) => {
    expect(await daysWith({}, settings)).toBeUndefined();
  });

  it('has an end with a topic that is compacted and deleted', async () => {
    expect(await daysWith({ 'cleanup.policy': 'compact,delete' })).toBe(15);
  });

  it('is not known of a topic that is not there, nor where no broker answers', async () => {
    await expect(horizon([`${prefix}none`]).days()).rejects.toThrow(/topic/);
    const nobody = { brokers: [`127.0.0.1:${await freePort()}`], clientId: 'spec' };
    await expect(horizon([`${prefix}none`], nobody).days()).rejects.toThrow(/ECONNREFUSED/);
    expect(log.of('topic_settings.refused')).toEqual([]);
  });
});

describe('a broker that does not let us ask', () => {
  const authority = new TestAuthority();
  const password = 'known-to-plain';
  const started = startSecuredKafka({
    certificate: authority.issue({ names: ['127.0.0.1'] }),
    username: 'webhooks',
    passwords: { plain: password, 'scram-sha-256': password, 'scram-sha-512': password },
    broker: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
    },
  });
  afterAll(async () => (await started).dispose());

  const allow = (operation: AclOperationTypes) => ({
    resourceType: AclResourceTypes.TOPIC,
    resourceName: prefix,
    resourcePatternType: ResourcePatternTypes.PREFIXED,
    principal: 'User:webhooks',
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  });

  it('is taken to keep records for ever, which the log says once', async () => {
    const kafka = await started;
    const topic = `${prefix}orders`;
    await withAdmin(kafka.brokers, async (admin) => {
      await admin.createAcls({ acl: [allow(AclOperationTypes.READ)] });
      await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
    });
    const settings: KafkaSettings = {
      brokers: kafka.securedBrokers,
      clientId: 'spec',
      ssl: { ca: authority.certificate },
      sasl: { mechanism: 'plain', username: 'webhooks', password },
    };
    const subject = horizon([topic], settings);
    expect([await subject.days(), await subject.days()]).toEqual([undefined, undefined]);
    expect(log.of('topic_settings.refused')).toMatchObject([
      { level: 'warn', fields: { assumed: 'for ever' } },
    ]);
    await withAdmin(kafka.brokers, (admin) =>
      admin.createAcls({ acl: [allow(AclOperationTypes.DESCRIBE_CONFIGS)] }),
    );
    await waitFor(async () => (await subject.days()) === 15);
  });
});
