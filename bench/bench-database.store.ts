import { randomUUID } from 'node:crypto';
import {
  ApplicationEntity,
  ApplicationsStore,
  IntegrationEntity,
  SecretCipher,
} from '@app/applications';
import { createDataSource, type DataSource, migrate } from '@app/database';
import { IntegrationWebhookEntity, WebhookSubscriptionsStore } from '@app/subscriptions';

export interface QueueTotals {
  /** Messages that were ever enqueued. */
  readonly enqueued: number;
  /** Those whose 2xx is recorded. */
  readonly delivered: number;
  readonly blockedQueues: number;
  readonly deadLetters: number;
}

export interface ServerSettings {
  readonly version: string;
  /** Whether a commit survives the machine: fsync, full_page_writes and synchronous_commit. */
  readonly durable: boolean;
}

const ENTITIES = [ApplicationEntity, IntegrationEntity, IntegrationWebhookEntity];
const CONNECT_TIMEOUT_MS = 10_000;

/** A migrated database for one scenario, on a server that may be somebody else's. */
export class BenchDatabase {
  private constructor(
    private readonly serverUrl: string,
    private readonly name: string,
    readonly url: string,
    private readonly dataSource: DataSource,
  ) {}

  static async create(serverUrl: string): Promise<BenchDatabase> {
    const name = `webhooks_bench_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
    await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    const dataSource = dataSourceOf(url.href);
    await dataSource.initialize();
    await migrate(dataSource);
    return new BenchDatabase(serverUrl, name, url.href, dataSource);
  }

  /** One application, installed in `count` organizations, each with a webhook for every type. */
  async install(count: number, endPoint: string, secretsKey: string): Promise<string[]> {
    const applications = new ApplicationsStore(this.dataSource, new SecretCipher(secretsKey));
    const webhooks = new WebhookSubscriptionsStore(this.dataSource);
    const { clientId } = await applications.createApplication({
      name: 'bench',
      type: 'PRIVATE',
      scopes: [],
    });
    const organizations = Array.from({ length: count }, () => randomUUID());
    for (const organizationId of organizations) {
      const { integrationId } = await applications.installIntegration({ clientId, organizationId });
      await webhooks.create({ integrationId, type: null, endPoint, headers: {} });
    }
    return organizations;
  }

  async totals(): Promise<QueueTotals> {
    const [row] = await this.dataSource.query<[QueueTotals]>(
      `SELECT coalesce(sum(tail_seq), 0)::integer AS enqueued,
              coalesce(sum(head_seq - 1), 0)::integer AS delivered,
              count(*) FILTER (WHERE status = 'BLOCKED')::integer AS "blockedQueues",
              (SELECT count(*) FROM ingest_dead_letter)::integer AS "deadLetters"
       FROM integration_queue`,
    );
    return row;
  }

  async drop(): Promise<void> {
    await this.dataSource.destroy();
    await onServer(this.serverUrl, `DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
  }
}

export async function serverSettings(serverUrl: string): Promise<ServerSettings> {
  const [row] = await onServer<ServerSettings>(
    serverUrl,
    `SELECT current_setting('server_version') AS version,
            current_setting('fsync')::boolean AND current_setting('full_page_writes')::boolean
              AND current_setting('synchronous_commit') <> 'off' AS durable`,
  );
  return row ?? { version: 'unknown', durable: false };
}

async function onServer<Row>(serverUrl: string, statement: string): Promise<Row[]> {
  const dataSource = dataSourceOf(serverUrl);
  await dataSource.initialize();
  try {
    return await dataSource.query<Row[]>(statement);
  } finally {
    await dataSource.destroy();
  }
}

function dataSourceOf(url: string): DataSource {
  return createDataSource(
    {
      url,
      ssl: false,
      poolSize: 2,
      applicationName: 'happycolis-webhooks-bench',
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    },
    ENTITIES,
  );
}
