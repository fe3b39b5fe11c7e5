import { randomUUID } from 'node:crypto';
import { ApplicationsStore, SecretCipher } from '@app/applications';
import { type DataSource, migrate } from '@app/database';
import { openDataSource } from './bench-data-source.store.js';
import { RECORD_BYTES } from './load/domain-record.js';
import {
  countStatements,
  type DatabaseCounters,
  databaseCounters,
  OF_THE_BENCH,
  statementTimes,
} from './measure/database-counters.store.js';

export interface QueueTotals {
  /** Messages that were ever enqueued. */
  readonly enqueued: number;
  /** Those whose 2xx is recorded. */
  readonly delivered: number;
  readonly blockedQueues: number;
  readonly deadLetters: number;
}

export interface Subscribers {
  readonly organizations: number;
  /** 1 when absent. */
  readonly integrationsEach?: number;
  readonly endPoints: readonly string[];
  readonly secretsKey: string;
}

export interface Installation {
  readonly organizationId: string;
  readonly integrationId: string;
  /** The integration token, for the API. */
  readonly token: string;
}

export interface ServerSettings {
  readonly version: string;
  /** Whether a commit survives the machine: fsync, full_page_writes and synchronous_commit. */
  readonly durable: boolean;
}

/** How many webhooks there are, removed ones included, and how many of the expected ones. */
export interface StoredWebhooks {
  readonly stored: number;
  readonly expected: number;
}

/** For what is asked between measurements. */
const CONNECTIONS = 2;

/** A migrated database for one scenario, on a server that may be somebody else's. */
export class BenchDatabase {
  private countsStatements: boolean | undefined;

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
    const dataSource = await openDataSource(url.href, CONNECTIONS);
    await migrate(dataSource);
    return new BenchDatabase(serverUrl, name, url.href, dataSource);
  }

  /** One application, installed in `count` organizations, each with a webhook for every type. */
  install(count: number, endPoint: string, secretsKey: string): Promise<string[]> {
    return this.subscribe({ organizations: count, endPoints: [endPoint], secretsKey });
  }

  /**
   * One application with integrations in organizations, each with a webhook for every type; the endpoints
   * go round. All at once, because 50,000 one after the other would take minutes.
   */
  async subscribe(subscribers: Subscribers): Promise<string[]> {
    const { organizations, integrationsEach = 1, endPoints, secretsKey } = subscribers;
    const applicationId = await this.application([], secretsKey);
    const ids = Array.from({ length: organizations }, () => randomUUID());
    await this.dataSource.query(
      `WITH integration AS (
         INSERT INTO gb_integration (id, app_id, organization_id, name, token_hash)
         SELECT id, $1, organization_id, 'bench', sha256(id::text::bytea)
         FROM (SELECT gen_random_uuid() AS id, o.organization_id FROM unnest($2::text[]) AS o (organization_id)
               CROSS JOIN generate_series(1, $3)) AS new
         RETURNING id, organization_id
       ), queue AS (
         INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id)
         SELECT id, id, $1, organization_id FROM integration)
       INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, end_point)
       SELECT gen_random_uuid(), id, 'INTEGRATION', organization_id,
              ($4::text[])[1 + (row_number() OVER (PARTITION BY CASE WHEN $3 > 1 THEN organization_id END) - 1)::integer
                               % cardinality($4::text[])]
       FROM integration`,
      [applicationId, ids, integrationsEach, endPoints],
    );
    await this.dataSource.query('ANALYZE gb_integration, integration_queue, integration_webhook');
    return ids;
  }

  /**
   * So many messages in each queue, without Kafka, and as the receiver's ledger wants them: a queue has
   * one entity. The first `blocked` queues are BLOCKED and are not probed.
   */
  async fillQueues(messagesEach: number, blocked = 0): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO integration_queue_message (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition,
                                              source_offset, body)
       SELECT w.integration_id, seq, gen_random_uuid(), w.id, 'order/created', clock_timestamp(), 0, seq,
              rpad('{"entity":' || w.n || ',"number":' || seq || ',"at":0,"filling":"', $2 - 2, 'x')::bytea || '"}'::bytea
       FROM generate_series(1, $1) AS seq
       CROSS JOIN (SELECT *, row_number() OVER (ORDER BY id) AS n FROM integration_webhook) AS w`,
      [messagesEach, RECORD_BYTES],
    );
    await this.dataSource.query(
      `UPDATE integration_queue q SET tail_seq = $1, status = CASE WHEN b.n <= $2 THEN 'BLOCKED' ELSE 'HEALTHY' END,
         blocked_at = CASE WHEN b.n <= $2 THEN clock_timestamp() END,
         recovery_mode = CASE WHEN b.n <= $2 THEN 'manual' END, due_at = CASE WHEN b.n <= $2 THEN 'infinity' ELSE q.due_at END
       FROM (SELECT queue_id, row_number() OVER (ORDER BY queue_id) AS n FROM integration_queue) AS b
       WHERE b.queue_id = q.queue_id`,
      [messagesEach, blocked],
    );
    await this.dataSource.query('VACUUM ANALYZE integration_queue, integration_queue_message');
  }

  /** Every queue with its webhook. */
  async subscribers(): Promise<[queueId: string, webhookId: string][]> {
    const rows = await this.dataSource.query<{ queueId: string; webhookId: string }[]>(
      'SELECT integration_id AS "queueId", id AS "webhookId" FROM integration_webhook',
    );
    return rows.map(({ queueId, webhookId }) => [queueId, webhookId]);
  }

  /** Nothing is sent any more, whatever comes. */
  async blockAllQueues(): Promise<void> {
    await this.dataSource.query(
      `UPDATE integration_queue SET status = 'BLOCKED', blocked_at = clock_timestamp(), recovery_mode = 'manual',
         due_at = 'infinity'`,
    );
  }

  async counters(): Promise<DatabaseCounters> {
    this.countsStatements ??= await countStatements(this.dataSource);
    return databaseCounters(this.dataSource, this.countsStatements);
  }

  statementTimes(name: string): Promise<{ readonly calls: number; readonly totalMs: number }> {
    return statementTimes(this.dataSource, name);
  }

  private async application(scopes: readonly string[], secretsKey: string): Promise<string> {
    const applications = new ApplicationsStore(this.dataSource, new SecretCipher(secretsKey));
    const { clientId } = await applications.createApplication({
      name: 'bench',
      type: 'PRIVATE',
      scopes,
    });
    const [{ id }] = await this.dataSource.query<[{ id: string }]>(
      'SELECT id FROM application WHERE client_id = $1',
      [clientId],
    );
    return id;
  }

  /** One application, installed in `count` organizations, without webhooks. */
  async installations(
    count: number,
    scopes: readonly string[],
    secretsKey: string,
  ): Promise<Installation[]> {
    const applications = new ApplicationsStore(this.dataSource, new SecretCipher(secretsKey));
    const application = { name: 'bench', type: 'PRIVATE', scopes } as const;
    const { clientId } = await applications.createApplication(application);
    const installed: Installation[] = [];
    for (let index = 0; index < count; index += 1) {
      const organizationId = randomUUID();
      const installation = await applications.installIntegration({ clientId, organizationId });
      installed.push({ organizationId, ...installation });
    }
    return installed;
  }

  async storedWebhooks(expectedIds: readonly string[]): Promise<StoredWebhooks> {
    const [row] = await this.dataSource.query<[StoredWebhooks]>(
      `SELECT count(*)::integer AS stored,
              count(*) FILTER (WHERE id = ANY ($1::uuid[]) AND removed_at IS NULL)::integer AS expected
       FROM integration_webhook`,
      [expectedIds],
    );
    return row;
  }

  async totals(): Promise<QueueTotals> {
    const [row] = await this.dataSource.query<[QueueTotals]>(
      `${OF_THE_BENCH} SELECT coalesce(sum(tail_seq), 0)::integer AS enqueued,
              coalesce(sum(head_seq - 1), 0)::integer AS delivered,
              count(*) FILTER (WHERE status = 'BLOCKED')::integer AS "blockedQueues",
              (SELECT count(*) FROM ingest_dead_letter)::integer AS "deadLetters"
       FROM integration_queue`,
    );
    return row;
  }

  /** Queues that have been blocked for an hour, their probes spread over the longest pause of the default. */
  async addBlockedQueues(count: number, endPoints: readonly string[]): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id, tail_seq, status,
                                      blocked_at, attempts, due_at)
       SELECT id, id, (SELECT a.id FROM application a LIMIT 1), id::text, 1, 'BLOCKED',
              clock_timestamp() - interval '1 hour', 12, clock_timestamp() + random() * interval '15 minutes'
       FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $1)) AS blocked`,
      [count],
    );
    await this.dataSource.query(
      `WITH webhook AS (
         INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, end_point)
         SELECT gen_random_uuid(), queue_id, 'INTEGRATION', organization_id,
                ($1::text[])[1 + (row_number() OVER ())::integer % cardinality($1::text[])]
         FROM integration_queue WHERE status = 'BLOCKED' RETURNING id, integration_id)
       INSERT INTO integration_queue_message (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition,
                                              source_offset, body)
       SELECT integration_id, 1, gen_random_uuid(), id, 'order/created', clock_timestamp(), 0, 0, '{}' FROM webhook`,
      [endPoints],
    );
  }

  async failedAttempts(): Promise<number> {
    const [row] = await this.dataSource.query<[{ failed: number }]>(
      `SELECT count(*)::integer AS failed FROM delivery_attempt WHERE outcome <> 'delivered'`,
    );
    return row.failed;
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
  const dataSource = await openDataSource(serverUrl, CONNECTIONS);
  try {
    return await dataSource.query<Row[]>(statement);
  } finally {
    await dataSource.destroy();
  }
}
