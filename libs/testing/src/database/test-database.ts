import { randomBytes } from 'node:crypto';
import { ApplicationEntity, IntegrationEntity, OauthClientEntity } from '@app/applications';
import { createDataSource } from '@app/database';
import { IntegrationQueueEntity, IntegrationQueueMessageEntity } from '@app/queue';
import { IntegrationWebhookEntity } from '@app/subscriptions';
import { Client, Pool, type QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';
import { waitFor } from '../wait-for.js';
import { createMigrated, templateDatabase, urlOfDatabase } from './template-database.js';

type Entities = Parameters<typeof createDataSource>[1];

/** Every entity of the service. */
export const ENTITIES: Entities = [
  ApplicationEntity,
  IntegrationEntity,
  OauthClientEntity,
  IntegrationQueueEntity,
  IntegrationQueueMessageEntity,
  IntegrationWebhookEntity,
];

export interface TestDatabaseOptions {
  /** Superuser, maintenance database. What vitest's global setup provides, when not given. */
  readonly infrastructure?: { readonly databaseUrl: string };
  /** False: migrates the database itself and leaves no template on a server that outlives the run. */
  readonly template?: boolean;
}

/** A migrated database of its own, empty at first. Ended by `drop`, with all its connections. */
export class TestDatabase {
  readonly url: string;
  private readonly pool: Pool;
  private readonly dataSources: DataSource[] = [];
  private readonly clients: Client[] = [];

  constructor(
    private readonly serverUrl: string,
    private readonly name: string,
  ) {
    this.url = urlOfDatabase(serverUrl, name);
    this.pool = new Pool({ connectionString: this.url, max: 4, application_name: 'test' });
    this.pool.on('error', () => undefined);
  }

  /** A connected data source as the service makes it, with a pool of its own. */
  async dataSource(
    entities: Entities = ENTITIES,
    { poolSize = 10, applicationName = 'test-data-source', url = this.url } = {},
  ): Promise<DataSource> {
    const options = { url, ssl: false, poolSize, applicationName } as const;
    const dataSource = createDataSource({ ...options, connectTimeoutMs: 10_000 }, entities);
    this.dataSources.push(dataSource);
    return dataSource.initialize();
  }

  /** A session of its own, for a test that holds locks. Broken sessions are no error of the test. */
  async connect(applicationName = 'test-session'): Promise<Client> {
    const client = new Client({
      connectionString: this.url,
      application_name: applicationName,
    });
    client.on('error', () => undefined);
    await client.connect();
    this.clients.push(client);
    return client;
  }

  /** The rows; a 64-bit integer is a decimal string, as in the service. */
  async query<Row extends QueryResultRow>(sql: string, params: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(sql, params)).rows;
  }

  /** The one row; throws where there are more or none. */
  async one<Row extends QueryResultRow>(sql: string, params: unknown[] = []): Promise<Row> {
    const [row, ...others] = await this.query<Row>(sql, params);
    if (!row || others.length > 0) throw new Error(`not one row: ${sql}`);
    return row;
  }

  /** Resolves with the process id of a session of that name once it waits for somebody's lock. */
  waitingForLock(applicationName: string): Promise<number> {
    const sessions = () =>
      this.query<{ pid: number; wait_event_type: string | null; query: string }>(
        `SELECT pid, wait_event_type, query FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = $1`,
        [applicationName],
      );
    return waitFor(
      async () => (await sessions()).find((each) => each.wait_event_type === 'Lock')?.pid,
      { describe: sessions },
    );
  }

  async drop(): Promise<void> {
    await Promise.all([
      ...this.dataSources.filter((each) => each.isInitialized).map((each) => each.destroy()),
      ...this.clients.map((client) => client.end().catch(() => undefined)),
      this.pool.end(),
    ]);
    await onServer(this.serverUrl, (maintenance) =>
      maintenance.query(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`),
    );
  }
}

/**
 * A clone of the migrated template. Costs some 100 ms, so a spec file takes one for itself and
 * its tests keep apart by integration.
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { databaseUrl } = options.infrastructure ?? (await providedInfrastructure());
  const name = `webhooks_test_${randomBytes(8).toString('hex')}`;
  if (options.template === false) {
    await onServer(databaseUrl, (maintenance) => createMigrated(maintenance, databaseUrl, name));
  } else {
    const template = await templateDatabase(databaseUrl);
    await onServer(databaseUrl, (maintenance) =>
      maintenance.query(`CREATE DATABASE ${name} TEMPLATE ${template}`),
    );
  }
  return new TestDatabase(databaseUrl, name);
}

/** Loaded late, because scripts and the demonstration import this lib outside of vitest. */
async function providedInfrastructure(): Promise<{ readonly databaseUrl: string }> {
  const { inject } = await import('vitest');
  return inject('infrastructure');
}

async function onServer(
  serverUrl: string,
  act: (maintenance: Client) => Promise<unknown>,
): Promise<void> {
  const maintenance = new Client({ connectionString: serverUrl });
  await maintenance.connect();
  try {
    await act(maintenance);
  } finally {
    await maintenance.end();
  }
}
