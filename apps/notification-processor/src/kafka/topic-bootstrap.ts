import { setTimeout as delay } from 'node:timers/promises';
import { logLevel, type Admin } from 'kafkajs';
import { createKafka } from './kafka-client.js';
import { kafkaClientOptions, type KafkaSettings } from './kafka-options.js';
import {
  BrokerRefusedError,
  BrokerUnreachableError,
  TopicsMissingError,
  TopicsNotReadyError,
} from './kafka.errors.js';
import type { TransportLoggerInterface } from './transport-logger.interface.js';

export interface TopicBootstrapOptions {
  readonly settings: KafkaSettings;
  /** Without the prefix. */
  readonly topics: readonly string[];
  readonly topicPrefix: string;
  /** False: only check, and name what is missing. */
  readonly create: boolean;
  readonly partitions: number;
  readonly replication: number;
  /** For the whole of it, from the first attempt to connect to the last leader. */
  readonly timeoutMs: number;
  readonly logger: TransportLoggerInterface;
}

const LONGEST_PAUSE_MS = 2_000;

/**
 * Makes sure, before anything subscribes, that the broker answers and that every topic exists with
 * a leader: one missing topic fails the whole subscription of kafkajs, and auto-creation answers
 * the first request with an error. Replicas may run it at once; who comes second finds the topics.
 * Existing topics are left as they are.
 *
 * Returns the created names. Throws `BrokerUnreachableError`, `BrokerRefusedError`,
 * `TopicsMissingError` (creation is off) or `TopicsNotReadyError`.
 */
export async function bootstrapTopics(options: TopicBootstrapOptions): Promise<readonly string[]> {
  const deadline = Date.now() + options.timeoutMs;
  const wanted = options.topics.map((topic) => `${options.topicPrefix}${topic}`);
  await waitForBroker(options, deadline);
  const { settings, logger } = options;
  const admin = createKafka(kafkaClientOptions(settings, logger), logger).admin();
  try {
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    const missing = wanted.filter((topic) => !existing.has(topic));
    if (missing.length > 0) {
      if (!options.create) throw new TopicsMissingError(missing);
      await createTopics(admin, missing, options, deadline);
      logger.info('topics.created', { topics: missing, partitions: options.partitions });
    }
    await waitForLeaders(admin, wanted, deadline);
    return missing;
  } finally {
    await admin.disconnect();
  }
}

/** Ready means that a metadata request is answered, not that the port is open. */
async function waitForBroker(
  { settings, logger, timeoutMs }: TopicBootstrapOptions,
  deadline: number,
): Promise<void> {
  const brokers = settings.brokers.join(',');
  // Without kafkajs' own retries and lines: this loop waits, and says so.
  const config = { ...kafkaClientOptions(settings, logger), retry: { retries: 0 } };
  const kafka = createKafka({ ...config, logLevel: logLevel.NOTHING }, logger);
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const admin = kafka.admin();
    try {
      await admin.connect();
      await admin.listTopics();
      return;
    } catch (error) {
      if (isRefusal(error)) throw new BrokerRefusedError(brokers, error);
      if (Date.now() + pauseMs >= deadline) {
        throw new BrokerUnreachableError(brokers, timeoutMs, error);
      }
      logger.warn('broker.awaited', { brokers, retryInMs: pauseMs, error });
      await delay(pauseMs);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}

function isRefusal(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'KafkaJSSASLAuthenticationError') return true;
  }
  return false;
}

async function createTopics(
  admin: Admin,
  missing: readonly string[],
  { partitions, replication }: TopicBootstrapOptions,
  deadline: number,
): Promise<void> {
  try {
    // False, not an error, when another replica was first.
    await admin.createTopics({
      topics: missing.map((topic) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: replication,
      })),
      waitForLeaders: false,
      timeout: Math.max(1_000, deadline - Date.now()),
    });
  } catch (error) {
    throw new TopicsNotReadyError(missing, error);
  }
}

async function waitForLeaders(
  admin: Admin,
  topics: readonly string[],
  deadline: number,
): Promise<void> {
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const pending = await withoutLeader(admin, topics);
    if (pending.length === 0) return;
    if (Date.now() + pauseMs >= deadline) throw new TopicsNotReadyError(pending);
    await delay(pauseMs);
  }
}

async function withoutLeader(admin: Admin, topics: readonly string[]): Promise<readonly string[]> {
  try {
    const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
    const ready = new Set(
      metadata.topics
        .filter(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
        .map(({ name }) => name),
    );
    return topics.filter((topic) => !ready.has(topic));
  } catch {
    // The request fails as a whole while one topic is still unknown or without a leader.
    return topics;
  }
}
