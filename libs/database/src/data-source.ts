import { DataSource, type EntitySchema } from 'typeorm';
import { limitSilence } from './answer-limit.js';
import { MIGRATIONS } from './migrations/index.js';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Node TLS options, or false for a plain connection. */
  readonly ssl: false | { readonly rejectUnauthorized: boolean; readonly ca?: string };
  /** Most connections this process holds. */
  readonly poolSize: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Milliseconds. A connection attempt that takes longer fails. */
  readonly connectTimeoutMs: number;
  /** Milliseconds. A connection that is silent for longer is broken. 35,000 when absent. */
  readonly silenceLimitMs?: number;
}

const STATEMENT_LIMIT_MS = 30_000;

/** Later than the database ends a statement by itself, so that its answer is heard. */
const SILENCE_LIMIT_MS = STATEMENT_LIMIT_MS + 5_000;

type Entity = (new (...args: never[]) => object) | EntitySchema;

/**
 * A data source that is not connected yet: the boot step that waits for the database does that.
 *
 * Every statement of the hot path is one short autocommitted call, so 30 s is far beyond any of
 * them and still ends one that hangs; a transaction that its replica forgot (paused, for example)
 * is ended after 10 s, so that it holds nobody's queue rows longer than that. A connection whose
 * other end vanished is broken from this side; where it idles in the pool, TCP's keep-alive finds it.
 */
export function createDataSource(options: DatabaseOptions, entities: Entity[]): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    ssl: options.ssl,
    poolSize: options.poolSize,
    connectTimeoutMS: options.connectTimeoutMs,
    applicationName: options.applicationName,
    entities,
    migrations: [...MIGRATIONS],
    migrationsTableName: 'schema_migration',
    installExtensions: false,
    // The default one writes failed migrations to standard output; this one is silent without DEBUG.
    logger: 'debug',
    extra: {
      statement_timeout: STATEMENT_LIMIT_MS,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      onConnect: (client: Parameters<typeof limitSilence>[0]) =>
        limitSilence(client, options.silenceLimitMs ?? SILENCE_LIMIT_MS),
    },
    // A connection that breaks while it idles in the pool is replaced at the next use.
    poolErrorHandler: () => undefined,
  });
}
