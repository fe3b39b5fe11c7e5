import { ApplicationEntity, IntegrationEntity, SecretCipher } from '@app/applications';
import { type DataSource, createDataSource, migrate, pendingMigrations } from '@app/database';
import { type CliConfiguration, loadProcessConfiguration } from '@app/platform';
import { IntegrationWebhookEntity } from '@app/subscriptions';
import { MigrationsPendingError } from './cli.errors.js';
import { connectionFailure } from './connection-failure.js';
import type { TerminalInterface } from './terminal.interface.js';

/** A command takes under 3 s, also when it fails; Node and the modules need up to half a second of it. */
const CONNECT_TIMEOUT_MS = 2_000;

/** A command does one thing after the other. */
const POOL_SIZE = 1;

export interface DatabaseSession {
  readonly dataSource: DataSource;
  readonly configuration: CliConfiguration;
}

/**
 * Gives a command the database with its schema up to date, and closes it afterwards. Missing
 * migrations are run in passing, unless DATABASE_MIGRATE forbids it.
 *
 * Throws ConfigurationError, {@link DatabaseUnavailableError}, {@link MigrationsPendingError}.
 */
export function withDatabase<T>(
  terminal: TerminalInterface,
  work: (session: DatabaseSession) => Promise<T>,
): Promise<T> {
  return withUnmigratedDatabase(terminal, async (session) => {
    await bringUpToDate(session);
    return work(session);
  });
}

/** As {@link withDatabase}, for the command that migrates: the schema stays as it is. */
export async function withUnmigratedDatabase<T>(
  terminal: TerminalInterface,
  work: (session: DatabaseSession) => Promise<T>,
): Promise<T> {
  const configuration = loadProcessConfiguration({ for: 'cli' });
  for (const warning of configuration.warnings) terminal.err(`warning: ${warning}\n`);
  const { url, ssl } = configuration.database;
  const dataSource = createDataSource(
    {
      url,
      ssl,
      poolSize: POOL_SIZE,
      applicationName: 'happycolis-webhooks-cli',
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    },
    [ApplicationEntity, IntegrationEntity, IntegrationWebhookEntity],
  );
  try {
    await dataSource.initialize();
  } catch (error) {
    throw connectionFailure(url, error);
  }
  try {
    return await work({ dataSource, configuration });
  } finally {
    await dataSource.destroy();
  }
}

/** Encrypts as the service does, so that what is written here can be read there. */
export function cipherOf({ secretsKeys }: CliConfiguration): SecretCipher {
  return new SecretCipher(secretsKeys.current, secretsKeys.secondary);
}

async function bringUpToDate({ dataSource, configuration }: DatabaseSession): Promise<void> {
  const missing = await pendingMigrations(dataSource);
  if (missing.length === 0) return;
  if (!configuration.database.migrate) throw new MigrationsPendingError(missing);
  await migrate(dataSource);
}
