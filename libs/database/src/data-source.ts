import { DataSource, type EntitySchema } from 'typeorm';
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
}

type Entity = (new (...args: never[]) => object) | EntitySchema;

/**
 * A data source that is not connected yet: the boot step that waits for the database does that.
 *
 * Every statement of the hot path is one short autocommitted call, so 30 s is far beyond any of
 * them and still ends one that hangs; a transaction that its replica forgot (paused, for example)
 * is ended after 10 s, so that it holds nobody's queue rows longer than that.
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
      statement_timeout: 30_000,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
    },
    // A connection that breaks while it idles in the pool is replaced at the next use.
    poolErrorHandler: () => undefined,
  });
}
