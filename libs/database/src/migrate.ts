import { MigrationExecutor, type DataSource } from 'typeorm';
import { withoutTimeLimits } from './without-time-limits.js';

/** Any constant will do; it must only be the same in every replica ("hcwh" in ASCII). */
const MIGRATION_LOCK = 0x68637768;

/**
 * Runs the migrations that are missing and returns their names. Replicas that start together wait
 * for each other on an advisory lock, which PostgreSQL drops if its holder dies. All on one
 * connection: a pool of one suffices, and no time limit applies to a migration's statements.
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  return withoutTimeLimits(dataSource, async (connection) => {
    try {
      await connection.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      const executor = new MigrationExecutor(dataSource, connection);
      executor.transaction = 'each';
      const done = await executor.executePendingMigrations();
      return done.map((migration) => migration.name);
    } finally {
      await connection.query('SELECT pg_advisory_unlock_all()').catch(() => undefined);
    }
  });
}

/** Names of the migrations that this version has and the database has not. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  const [table] = await dataSource.query<{ name: string | null }[]>(
    `SELECT to_regclass('schema_migration') AS name`,
  );
  const done = table?.name
    ? await dataSource.query<{ name: string }[]>('SELECT name FROM schema_migration')
    : [];
  const names = new Set(done.map((row) => row.name));
  return dataSource.migrations.map((m) => m.name ?? '').filter((name) => !names.has(name));
}
