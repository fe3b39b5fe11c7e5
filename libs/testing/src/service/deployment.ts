import type { RecordMetadata } from 'kafkajs';
import type { DataSource } from 'typeorm';
import {
  createTestDatabase,
  seedIntegration,
  seedWebhook,
  TEST_SECRETS_KEY,
  type IntegrationSeed,
  type SeededIntegration,
  type TestDatabase,
  type WebhookSeed,
} from '../database/index.js';
import { committedOffsets, deleteTopics, uniquePrefix, withAdmin } from '../kafka/index.js';
import { ApiClient } from './api-client.js';
import { recordSecrets } from './printed-record.js';
import { runCommand } from './run-command.js';
import { ServiceProcess, type ServiceEnvironment } from './service-process.js';
import { TestPublisher, type PublishedRecord } from './test-publisher.js';

export interface DeploymentOptions {
  /** Processes that are started at once; 1 when not given, and 0 starts none. */
  readonly replicas?: number;
  /** Variables of every process, besides those that a deployment has anyway. */
  readonly env?: ServiceEnvironment;
  /** What vitest's global setup provides, when not given. */
  readonly infrastructure?: ServerAddresses;
}

export interface ServerAddresses {
  readonly brokers: readonly string[];
  /** Superuser, maintenance database. */
  readonly databaseUrl: string;
}

/**
 * An installation of the service: a database, a set of topics and consumer groups that nobody else
 * uses, and any number of processes that share them.
 */
export class Deployment {
  readonly replicas: ServiceProcess[] = [];
  /** Processes of the subscriptions API. */
  readonly apis: ServiceProcess[] = [];
  private publisher: Promise<TestPublisher> | undefined;

  private constructor(
    readonly brokers: readonly string[],
    readonly topicPrefix: string,
    readonly database: TestDatabase,
    readonly dataSource: DataSource,
    private readonly env: ServiceEnvironment,
  ) {}

  static async create(options: DeploymentOptions = {}): Promise<Deployment> {
    const servers = options.infrastructure ?? (await providedServers());
    const database = await createTestDatabase({ infrastructure: servers });
    const dataSource = await database.dataSource(undefined, { poolSize: 4 });
    const prefix = uniquePrefix('service');
    const env = { ...options.env };
    return new Deployment(servers.brokers, prefix, database, dataSource, env);
  }

  /** Of the domain events; the wake-ups' is `<this>-wakeup`. */
  get groupId(): string {
    return `${this.topicPrefix}group`;
  }

  /** What a process of this deployment is given: quick to recover, and free to call this machine. */
  get environment(): ServiceEnvironment {
    return {
      KAFKA_BROKERS: this.brokers.join(','),
      DATABASE_URL: this.database.url,
      SECRETS_KEY: TEST_SECRETS_KEY,
      KAFKA_TOPIC_PREFIX: this.topicPrefix,
      KAFKA_GROUP_ID: this.groupId,
      KAFKA_TOPIC_PARTITIONS: '1',
      DATABASE_POOL_SIZE: '6',
      PROCESSOR_PORT: '0',
      API_PORT: '0',
      DELIVERY_ALLOW_HTTP: 'true',
      DELIVERY_ALLOWED_NETWORKS: '127.0.0.0/8',
      SWEEP_INTERVAL_MS: '100',
      RECOVERY_BACKOFF_MIN_MS: '50',
      RECOVERY_BACKOFF_MAX_MS: '400',
      ...this.env,
    };
  }

  /** Spawns one more process and returns at once: `started` of the process waits. */
  launch(env: ServiceEnvironment = {}): ServiceProcess {
    const service = ServiceProcess.launch({ ...this.environment, ...env });
    this.replicas.push(service);
    return service;
  }

  /** Adds a process and waits until it is ready. */
  start(env: ServiceEnvironment = {}): Promise<ServiceProcess> {
    return this.launch(env).started();
  }

  /** Adds a process of the subscriptions API and waits until it is ready. */
  async startApi(env: ServiceEnvironment = {}): Promise<ApiClient> {
    const api = ServiceProcess.launch({ ...this.environment, ...env }, 'subscriptions-api');
    this.apis.push(api);
    await api.started();
    return new ApiClient(api.url);
  }

  /** Its name on the broker. */
  topic(name: string): string {
    return `${this.topicPrefix}${name}`;
  }

  /** Resolves when the broker has the records; the topics are there once a process has started. */
  async publish(...records: readonly PublishedRecord[]): Promise<void> {
    await this.publishAcknowledged(records);
  }

  /** As `publish`, and returns the offsets that the broker gave: one entry a topic and partition. */
  async publishAcknowledged(
    records: readonly PublishedRecord[],
  ): Promise<readonly RecordMetadata[]> {
    this.publisher ??= TestPublisher.connect(this.brokers, this.topicPrefix);
    return (await this.publisher).publishAcknowledged(records);
  }

  /** What the deployment's group has committed, by partition; null where nothing yet. */
  committed(topic: string): Promise<ReadonlyMap<number, bigint | null>> {
    return committedOffsets(this.brokers, this.groupId, this.topic(topic));
  }

  /**
   * Has the domain events read again from the beginning by the next process that starts; none may be
   * running. Deletes the group, because setting its offsets takes kafkajs five seconds.
   */
  async rewind(): Promise<void> {
    await withAdmin(this.brokers, (admin) => admin.deleteGroups([this.groupId]));
  }

  integration(seed?: IntegrationSeed): Promise<SeededIntegration> {
    return seedIntegration(this.dataSource, seed);
  }

  webhook(seed: WebhookSeed): Promise<string> {
    return seedWebhook(this.dataSource, seed);
  }

  /** Runs a command of the operator's command line and returns its JSON. @throws Error if it fails. */
  async command<T>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await runCommand(this.environment, args);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
    recordSecrets(...shownOnce(JSON.parse(stdout)));
    return JSON.parse(stdout) as T;
  }

  /** Everything printed by every process so far. */
  get printed(): string {
    return [...this.replicas, ...this.apis].map((replica) => replica.log.text).join('');
  }

  /** Ends what still runs (SIGKILL: stopping in order has tests of its own) and removes all traces. */
  async dispose(): Promise<void> {
    const processes = [...this.replicas, ...this.apis];
    for (const each of processes) each.kill('SIGKILL');
    await Promise.all(processes.map((each) => each.exited));
    await (await this.publisher)?.disconnect();
    await Promise.all([this.database.drop(), deleteTopics(this.brokers, this.topicPrefix)]);
  }
}

/** A deployment whose processes are ready. What was made is removed again where that fails. */
export async function startDeployment(options: DeploymentOptions = {}): Promise<Deployment> {
  const deployment = await Deployment.create(options);
  try {
    const count = options.replicas ?? 1;
    await Promise.all(Array.from({ length: count }, () => deployment.start()));
    return deployment;
  } catch (error) {
    await deployment.dispose();
    throw error;
  }
}

/** Loaded late, because scripts and the demonstration import this lib outside of vitest. */
async function providedServers(): Promise<ServerAddresses> {
  const { inject } = await import('vitest');
  return inject('infrastructure' as never) as ServerAddresses;
}

/** What a command shows once, of what it prints. */
function shownOnce(printed: unknown): string[] {
  if (typeof printed !== 'object' || printed === null) return [];
  const fields = Object.entries(printed).filter(([name]) => /^(clientSecret|token)$/.test(name));
  return fields.map(([, value]) => String(value));
}
