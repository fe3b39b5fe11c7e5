import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { certificateFault } from '@app/platform';
import {
  BrokerRefusedError,
  BrokerUnreachableError,
  BrokerUntrustedError,
  TopicsMissingError,
  TopicsNotReadyError,
} from './kafka.errors.js';
import type { TransportLoggerInterface } from './transport-logger.interface.js';

export interface TopicBootstrapOptions {
  /** Best made with `kafkaProbeOptions`: kafkajs' own retries would only delay the log lines. */
  readonly kafka: Kafka;
  /** For messages only. */
  readonly brokers: readonly string[];
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

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Makes sure, before anything subscribes, that the broker answers and that every topic exists with
 * a leader: one missing topic fails the whole subscription of kafkajs, and auto-creation answers
 * the first request with an error. Replicas may run it at once; who comes second finds the topics.
 * Existing topics are left as they are.
 *
 * Resolves with the names (prefixed) that were missing before. Throws `BrokerUnreachableError`,
 * `BrokerRefusedError`, `BrokerUntrustedError`, `TopicsMissingError` (creation is off) or
 * `TopicsNotReadyError`.
 */
export async function bootstrapTopics(options: TopicBootstrapOptions): Promise<readonly string[]> {
  const deadline = Date.now() + options.timeoutMs;
  const created = new Set<string>();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await attempt(options, created, deadline);
      return [...created];
    } catch (error) {
      const hopeless = refusal(error, options.brokers.join(','));
      if (hopeless !== undefined) throw hopeless;
      if (Date.now() + pauseMs >= deadline) throw atTheLimit(error, options);
      options.logger.warn('broker.awaited', { retryInMs: pauseMs, error });
      await delay(pauseMs);
    }
  }
}

/** Ready means that a metadata request is answered, not that the port is open. */
async function attempt(
  options: TopicBootstrapOptions,
  created: Set<string>,
  deadline: number,
): Promise<void> {
  const { topicPrefix, create, partitions, logger } = options;
  const wanted = options.topics.map((topic) => `${topicPrefix}${topic}`);
  const admin = options.kafka.admin();
  try {
    const existing = new Set(await within(deadline, listTopics(admin)));
    const missing = wanted.filter((topic) => !existing.has(topic));
    if (missing.length > 0 && !create) throw new TopicsMissingError(missing);
    if (missing.length > 0) {
      await createTopics(admin, missing, options);
      for (const topic of missing) created.add(topic);
      logger.info('topics.created', { topics: missing, partitions });
    }
    await waitForLeaders(admin, wanted, deadline);
  } finally {
    // Not awaited: on a broker that does not answer it waits for the answers.
    admin.disconnect().catch(() => undefined);
  }
}

async function listTopics(admin: Admin): Promise<readonly string[]> {
  await admin.connect();
  return admin.listTopics();
}

/** A client with many retries of its own may not outlast our limit. */
async function within<T>(deadline: number, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const limit = delay(Math.max(0, deadline - Date.now()), undefined, { signal: ended.signal });
  try {
    return await Promise.race([
      work,
      limit.then((): never => {
        throw new Error('it does not answer');
      }),
    ]);
  } finally {
    ended.abort();
    limit.catch(() => undefined);
    work.catch(() => undefined);
  }
}

async function createTopics(
  admin: Admin,
  missing: readonly string[],
  { partitions, replication }: TopicBootstrapOptions,
): Promise<void> {
  const topics = missing.map((topic) => ({
    topic,
    numPartitions: partitions,
    replicationFactor: replication,
  }));
  try {
    // False, not an error, when another replica was first.
    await admin.createTopics({ topics, waitForLeaders: false });
  } catch (error) {
    throw new TopicsNotReadyError(missing, error);
  }
}

async function waitForLeaders(
  admin: Admin,
  topics: readonly string[],
  deadline: number,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS / 2; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const pending = await notServed(admin, topics);
    if (pending.length === 0) return;
    if (Date.now() + pauseMs >= deadline) throw new TopicsNotReadyError(pending);
    await delay(pauseMs);
  }
}

/**
 * The metadata name a leader up to seconds before it serves the partition, and a consumer that comes
 * too early is thrown out of its group again and again. An answer about offsets is the proof.
 */
async function notServed(admin: Admin, topics: readonly string[]): Promise<readonly string[]> {
  const pending = await withoutLeader(admin, topics);
  if (pending.length > 0) return pending;
  const answers = await Promise.allSettled(topics.map((topic) => admin.fetchTopicOffsets(topic)));
  return topics.filter((_topic, index) => answers[index]?.status === 'rejected');
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

function atTheLimit(error: unknown, { brokers, timeoutMs }: TopicBootstrapOptions): Error {
  if (error instanceof TopicsNotReadyError) return error;
  return new BrokerUnreachableError(brokers.join(','), timeoutMs, error);
}

/** What waiting does not heal, told as what it is; undefined for everything else. */
function refusal(error: unknown, brokers: string): Error | undefined {
  if (error instanceof TopicsMissingError) return error;
  const fault = certificateFault(error);
  if (fault !== undefined) return new BrokerUntrustedError(brokers, fault, error);
  return isSaslRefusal(error) ? new BrokerRefusedError(brokers, error) : undefined;
}

/** A listener without SASL answers to credentials that they come at the wrong moment. */
function isSaslRefusal(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'KafkaJSSASLAuthenticationError') return true;
    if (Reflect.get(at, 'type') === 'ILLEGAL_SASL_STATE') return true;
  }
  return false;
}
