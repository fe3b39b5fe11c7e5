import { type Logger, waitUntil, withinLimit } from '@app/platform';
import type { DataSource } from 'typeorm';
import { databaseRefusal } from './database-refusal.js';
import { PendingMigrationsError } from './database.errors.js';
import { migrate, pendingMigrations } from './migrate.js';

/** A health check must answer before its caller gives up. */
const PROBE_LIMIT_MS = 2_000;

/**
 * Connects, and waits for a server that is still starting. Throws DatabaseRefusedError at once for what
 * waiting does not heal, WaitTimeoutError after `timeoutMs`.
 */
export async function connectDatabase(
  dataSource: DataSource,
  { timeoutMs, logger }: { readonly timeoutMs: number; readonly logger: Logger },
): Promise<void> {
  try {
    await waitUntil('the database (DATABASE_URL)', () => dataSource.initialize(), {
      timeoutMs,
      giveUpOn: (error) => databaseRefusal(error) !== undefined,
      onAttempt: ({ error, nextDelayMs }) =>
        logger.warn('database.awaited', { error, retryInMs: nextDelayMs }),
    });
  } catch (error) {
    throw databaseRefusal(error) ?? error;
  }
}

/** Runs what migrations are missing, or throws {@link PendingMigrationsError} where that is switched off. */
export async function bringUpToDate(
  dataSource: DataSource,
  options: { readonly migrate: boolean; readonly logger: Logger },
): Promise<void> {
  if (options.migrate) {
    options.logger.info('database.migrated', { migrations: await migrate(dataSource) });
    return;
  }
  const pending = await pendingMigrations(dataSource);
  if (pending.length > 0) throw new PendingMigrationsError(pending);
}

/** Why the database cannot be used now, one sentence; undefined where it answers. For health checks. */
export async function databaseFault(dataSource: DataSource): Promise<string | undefined> {
  if (!dataSource.isInitialized) return 'The database is not connected.';
  try {
    await withinLimit(() => dataSource.query('SELECT 1'), PROBE_LIMIT_MS);
    return undefined;
  } catch (error) {
    return `The database does not answer: ${error instanceof Error ? error.message : 'unknown'}.`;
  }
}
