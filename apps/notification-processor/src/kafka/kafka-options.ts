import type { ConnectionOptions } from 'node:tls';
import {
  logLevel,
  Partitioners,
  type ConsumerConfig,
  type KafkaConfig,
  type LogEntry,
  type ProducerConfig,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs';
import type { TransportLoggerInterface } from './transport-logger.interface.js';

export interface KafkaSaslSettings {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface KafkaSettings {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Absent: no TLS. `ca` is the text of a PEM file; without it the system's authorities count. */
  readonly ssl?: { readonly ca?: string };
  readonly sasl?: KafkaSaslSettings;
}

/** What `BatchServerKafka` needs of kafkajs; a subset of Nest's own Kafka options. */
export interface KafkaServerOptions {
  readonly client: KafkaConfig;
  readonly consumer: Omit<ConsumerConfig, 'partitionAssigners'> & {
    readonly heartbeatInterval: number;
  };
  readonly subscribe: { readonly fromBeginning: boolean };
  readonly run: { readonly autoCommit: boolean; readonly autoCommitInterval: number };
  /** Empty: client and group ids stay as configured, for ACLs and lag dashboards. */
  readonly postfixId: '';
}

/**
 * Every number is given, because kafkajs takes other defaults when NODE_ENV is `test`. The pauses
 * add up to 22 s: a broker that restarts is bridged. When they are used up, a consumer crashes and
 * starts again as a new member, and the group then waits for the session of its old self to end (up
 * to 30 s). Eleven tries of 5 s each and the pauses stay below the watchdog's 90 s of silence.
 */
const RETRY: RetryOptions = {
  initialRetryTime: 300,
  retries: 10,
  maxRetryTime: 3_000,
  factor: 0.2,
  multiplier: 2,
};

export function kafkaClientOptions(
  settings: KafkaSettings,
  logger: TransportLoggerInterface,
): KafkaConfig {
  return {
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    connectionTimeout: 5_000,
    authenticationTimeout: 10_000,
    requestTimeout: 30_000,
    enforceRequestTimeout: true,
    retry: RETRY,
    ...(settings.ssl === undefined ? {} : { ssl: tlsOptions(settings.ssl) }),
    ...(settings.sasl === undefined ? {} : { sasl: { ...settings.sasl } as SASLOptions }),
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => forward(entry, logger),
  };
}

/**
 * For a caller that waits and reports by itself: none of kafkajs' own lines, and one try for each
 * address, because every client begins with the first of them.
 */
export function kafkaProbeOptions(
  settings: KafkaSettings,
  logger: TransportLoggerInterface,
): KafkaConfig {
  const options = kafkaClientOptions(settings, logger);
  return {
    ...options,
    retry: { ...RETRY, initialRetryTime: 50, retries: settings.brokers.length - 1 },
    logLevel: logLevel.NOTHING,
  };
}

/**
 * For a scrape, which does not wait long: a few tries, as a group's coordinator that wakes up is not
 * found by the first.
 */
export function kafkaScrapeOptions(
  settings: KafkaSettings,
  logger: TransportLoggerInterface,
): KafkaConfig {
  const retry = { ...RETRY, initialRetryTime: 50, maxRetryTime: 500, retries: 4 };
  return { ...kafkaProbeOptions(settings, logger), retry };
}

function tlsOptions(ssl: { readonly ca?: string }): ConnectionOptions {
  return ssl.ca === undefined ? { rejectUnauthorized: true } : { ca: [ssl.ca] };
}

/**
 * A fetch waits on the broker until one record is there, so `maxWaitTimeInMs` costs no latency; it
 * bounds how long a shutdown waits for the pending fetch. The byte limits bound memory, because
 * kafkajs decodes a whole answer before it hands out the first record; a single larger record is
 * still delivered.
 */
export function kafkaConsumerOptions(groupId: string): KafkaServerOptions['consumer'] {
  return {
    groupId,
    sessionTimeout: 30_000,
    rebalanceTimeout: 60_000,
    heartbeatInterval: 3_000,
    metadataMaxAge: 60_000,
    minBytes: 1,
    maxWaitTimeInMs: 500,
    maxBytesPerPartition: 1024 * 1024,
    maxBytes: 4 * 1024 * 1024,
    allowAutoTopicCreation: false,
    retry: RETRY,
  };
}

/** `idempotent` stays off: what we produce is a hint, and kafkajs loses sequences on errors. */
export function kafkaProducerOptions(): ProducerConfig {
  return {
    allowAutoTopicCreation: false,
    idempotent: false,
    metadataMaxAge: 60_000,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: RETRY,
  };
}

/**
 * `fromBeginning` always: kafkajs also goes by it when a committed offset has been deleted by
 * retention, and "latest" would then skip what is left without a word. Offsets are committed at the
 * end of every batch, and within a long one every second.
 */
export function kafkaServerOptions(
  settings: KafkaSettings,
  groupId: string,
  logger: TransportLoggerInterface,
): KafkaServerOptions {
  return {
    client: kafkaClientOptions(settings, logger),
    consumer: kafkaConsumerOptions(groupId),
    subscribe: { fromBeginning: true },
    run: { autoCommit: true, autoCommitInterval: 1_000 },
    postfixId: '',
  };
}

/** The protocol's way to say that members come and go, or that a coordinator wakes up: no fault. */
const EXPECTED = /rebalanc|rejoin|not aware of this member|coordinator is (not available|loading)/i;

/** Only these facts of kafkajs' lines are passed on: others may hold whole requests. */
const KNOWN_FIELDS = ['broker', 'clientId', 'groupId', 'topic', 'partition', 'error', 'retryCount'];

function forward({ namespace, level, log }: LogEntry, logger: TransportLoggerInterface): void {
  const fields: Record<string, unknown> = { from: `kafkajs ${namespace}`, message: log.message };
  for (const name of KNOWN_FIELDS) if (log[name] !== undefined) fields[name] = log[name];
  const expected = EXPECTED.test(`${log.message} ${String(log['error'] ?? '')}`);
  if (level === logLevel.ERROR && !expected) logger.error('kafka.reported', fields);
  else if (level === logLevel.WARN && !expected) logger.warn('kafka.reported', fields);
  else logger.debug('kafka.reported', fields);
}
