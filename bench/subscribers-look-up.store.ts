import { SecretCipher, ApplicationsStore } from '@app/applications';
import type { DataSource } from '@app/database';
import type { WebhookType } from '@app/events';
import { IntegrationWebhooksQuery } from '@app/subscriptions';
import { openDataSource } from './bench-data-source.store.js';

export interface LookUpSeed {
  readonly organizations: number;
  /** Of the webhooks of each; null is one for every type. */
  readonly types: readonly (WebhookType | null)[];
  readonly secretsKey: string;
}

/** As the service has it: 5 minutes. */
const CLOCK_SKEW_MS = 300_000;

/**
 * The service's look-up of subscribers on a database with many of them, over a single connection.
 * Counts what the look-up asks the database and gets: it is handed this data source alone.
 */
export class SubscribersLookUp {
  /** Statements of the look-up so far. */
  statements = 0;
  /** Rows that they brought. */
  rows = 0;
  readonly query: IntegrationWebhooksQuery;
  private readonly ask: DataSource['query'];

  private constructor(
    private readonly dataSource: DataSource,
    readonly organizations: readonly string[],
  ) {
    this.ask = dataSource.query.bind(dataSource);
    dataSource.query = async <T>(...asked: Parameters<DataSource['query']>): Promise<T> => {
      const rows = await this.ask<T>(...asked);
      this.statements += 1;
      this.rows += Array.isArray(rows) ? rows.length : 0;
      return rows;
    };
    this.query = new IntegrationWebhooksQuery(dataSource, { clockSkewMs: CLOCK_SKEW_MS });
  }

  static async open(url: string, seed: LookUpSeed): Promise<SubscribersLookUp> {
    const dataSource = await openDataSource(url, 1);
    try {
      return new SubscribersLookUp(dataSource, await seeded(dataSource, seed));
    } catch (error) {
      await dataSource.destroy();
      throw error;
    }
  }

  /** As if a webhook of every organization had been changed. */
  async changeAll(): Promise<void> {
    await this.ask('UPDATE organization_subscriptions SET version = gen_random_uuid()');
  }

  /** The least that asking the database can cost. */
  async roundTrip(): Promise<void> {
    await this.ask('SELECT 1');
  }

  close(): Promise<void> {
    return this.dataSource.destroy();
  }
}

/** In a few statements: to create each by the stores would take longer than all that is measured. */
async function seeded(dataSource: DataSource, seed: LookUpSeed): Promise<string[]> {
  const applications = new ApplicationsStore(dataSource, new SecretCipher(seed.secretsKey));
  const { applicationId } = await applications.createApplication({
    name: 'bench',
    type: 'PRIVATE',
    scopes: [],
  });
  const queues = await dataSource.query<{ organization_id: string }[]>(
    `INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id)
     SELECT id, id, $1, gen_random_uuid()::text
     FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $2::integer) OFFSET 0) AS new
     RETURNING organization_id`,
    [applicationId, seed.organizations],
  );
  await dataSource.query(
    `INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, type, end_point)
     SELECT gen_random_uuid(), queue_id, integration_type, organization_id, t.type, 'https://example.com/webhooks'
     FROM integration_queue CROSS JOIN unnest($1::text[]) AS t (type)`,
    [seed.types],
  );
  await dataSource.query('VACUUM (ANALYZE) integration_webhook, organization_subscriptions');
  return queues.map(({ organization_id }) => organization_id);
}
