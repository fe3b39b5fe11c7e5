import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createTopics, deleteTopics } from '@app/testing';
import { BenchDatabase } from './bench-database.store.js';
import type { BenchOptions } from './options.js';
import { RECORD_TOPIC } from './load/domain-record.js';
import { RecordProducer } from './load/record-producer.js';
import { ReceiverProcess } from './receiver/receiver-process.js';
import { type Program, ServiceProcess, type ServiceOptions } from './service-process.js';

export interface Servers {
  readonly brokers: readonly string[];
  /** With the right to create databases. */
  readonly databaseUrl: string;
}

export interface StageOptions {
  readonly servers: Servers;
  readonly bench: BenchOptions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of this run alone: the service's logs. */
  readonly directory: string;
  readonly guard: ServiceOptions['guard'];
  /** A line about progress. */
  readonly say: (line: string) => void;
}

/** The service's own default, said here because a topic is made before the service first starts. */
const PARTITIONS = 3;

/** The service's own default, too: a limit is measured with as many connections. */
const POOL_SIZE = 10;

/** The highest there is: the limits on requests are not what is measured. */
const RATE_LIMIT = '1000000';

/**
 * What all scenarios share: the servers, the receiver, the names of this run. Topics and consumer
 * groups outlive a scenario (creating 59 topics takes seconds), a database does not: each scenario
 * begins with empty tables, and what is left in the topics was consumed by the scenario before.
 */
export class BenchStage {
  readonly topicPrefix = `bench.${randomBytes(6).toString('hex')}.`;
  readonly secretsKey = randomBytes(48).toString('base64url');
  private cleanup: (() => Promise<void>)[] = [];
  private launched = 0;

  private constructor(
    private readonly options: StageOptions,
    readonly receiver: ReceiverProcess,
  ) {}

  static async open(options: StageOptions): Promise<BenchStage> {
    const stage = new BenchStage(options, await ReceiverProcess.start());
    await createTopics(
      options.servers.brokers,
      [`${stage.topicPrefix}${RECORD_TOPIC}`],
      PARTITIONS,
    );
    return stage;
  }

  get brokers(): readonly string[] {
    return this.options.servers.brokers;
  }

  get records(): number {
    return this.options.bench.records;
  }

  say(line: string): void {
    this.options.say(line);
  }

  async database(): Promise<BenchDatabase> {
    const database = await BenchDatabase.create(this.options.servers.databaseUrl);
    this.cleanup.push(() => database.drop());
    return database;
  }

  async producer(organizations: readonly string[]): Promise<RecordProducer> {
    const producer = new RecordProducer(
      this.options.servers.brokers,
      this.topicPrefix,
      organizations,
    );
    this.cleanup.push(() => producer.disconnect());
    await producer.connect();
    return producer;
  }

  /** Most connections that a process of the service holds to the database. */
  get poolSize(): number {
    return Number(this.options.environment['DATABASE_POOL_SIZE'] ?? POOL_SIZE);
  }

  /** Where the servers listen. */
  get ports(): { readonly broker: number; readonly database: number } {
    const { brokers, databaseUrl } = this.options.servers;
    return {
      broker: Number(brokers[0]?.split(':').at(-1)),
      database: Number(new URL(databaseUrl).port || 5432),
    };
  }

  /** A processor of its own with more settings than the others. Resolves when it has started. */
  service(
    database: BenchDatabase,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<ServiceProcess> {
    return this.launch('notification-processor', database, {
      ...settings,
      KAFKA_BROKERS: this.options.servers.brokers.join(','),
      KAFKA_TOPIC_PREFIX: this.topicPrefix,
      KAFKA_GROUP_ID: `${this.topicPrefix}group`,
      KAFKA_TOPIC_PARTITIONS: String(PARTITIONS),
      PROCESSOR_PORT: '0',
    });
  }

  /** The subscriptions API, whose limits no bench reaches. Resolves when it answers requests. */
  api(database: BenchDatabase): Promise<ServiceProcess> {
    return this.launch('subscriptions-api', database, {
      API_PORT: '0',
      API_RATE_LIMIT_PER_SECOND: RATE_LIMIT,
      API_RATE_LIMIT_PER_MINUTE: RATE_LIMIT,
      DATABASE_POOL_SIZE: String(this.poolSize),
      // As in the image: graphql-js checks more of every value without it.
      NODE_ENV: this.options.environment['NODE_ENV'] ?? 'production',
    });
  }

  /** Undoes what a scenario made, the last first. */
  async strike(): Promise<void> {
    for (let undo = this.cleanup.pop(); undo; undo = this.cleanup.pop()) await undo();
  }

  async close(): Promise<void> {
    await this.strike();
    await this.receiver.stop();
    await deleteTopics(this.options.servers.brokers, this.topicPrefix);
  }

  private async launch(
    program: Program,
    database: BenchDatabase,
    own: ServiceOptions['environment'],
  ): Promise<ServiceProcess> {
    const { environment, directory, bench, guard } = this.options;
    const service = new ServiceProcess({
      program,
      environment: {
        ...environment,
        ...own,
        DATABASE_URL: database.url,
        SECRETS_KEY: this.secretsKey,
        DELIVERY_ALLOW_HTTP: 'true',
        DELIVERY_ALLOWED_NETWORKS: '127.0.0.0/8',
      },
      logFile: join(directory, `${program}-${(this.launched += 1)}.log`),
      profile: bench.profile,
      guard,
    });
    this.cleanup.push(() => service.stop());
    await service.started();
    return service;
  }
}
