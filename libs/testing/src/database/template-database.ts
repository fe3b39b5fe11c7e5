import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createDataSource, migrate } from '@app/database';
import { Client } from 'pg';

/** Any constant will do; all workers of all runs wait on it for each other ("hctt" in ASCII). */
const TEMPLATE_LOCK = 0x68637474;

/** Of the ten days for which a migration makes partitions. */
const WEEK_MS = 7 * 24 * 3_600_000;

const MIGRATIONS = new URL('../../../database/src/migrations/', import.meta.url);

/** The same server, another database. */
export function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/**
 * The name of a migrated, empty database on this server, made by whoever comes first: cloning it
 * takes a tenth of the time that migrating takes. Its name carries a hash of the migrations, so
 * that a server that outlives the run never serves yesterday's schema, and the week, because its
 * partitions reach some days ahead. Nobody can connect to it,
 * because a database that somebody is connected to cannot be cloned.
 */
export async function templateDatabase(serverUrl: string): Promise<string> {
  const week = Math.floor(Date.now() / WEEK_MS);
  const name = `webhooks_template_${migrationsHash()}_${week}`;
  const maintenance = new Client({ connectionString: serverUrl });
  await maintenance.connect();
  try {
    await maintenance.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const found = await maintenance.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await buildTemplate(maintenance, serverUrl, name);
    return name;
  } finally {
    await maintenance.end();
  }
}

/** It gets its name last, so that a run that dies in the middle leaves nothing that looks complete. */
async function buildTemplate(maintenance: Client, serverUrl: string, name: string): Promise<void> {
  const building = `${name}_building`;
  await maintenance.query(`DROP DATABASE IF EXISTS ${building} WITH (FORCE)`);
  await createMigrated(maintenance, serverUrl, building);
  await maintenance.query(`ALTER DATABASE ${building} WITH ALLOW_CONNECTIONS false`);
  await maintenance.query(`ALTER DATABASE ${building} RENAME TO ${name}`);
}

/** An empty database with the schema of this version. */
export async function createMigrated(
  maintenance: Client,
  serverUrl: string,
  name: string,
): Promise<void> {
  await maintenance.query(`CREATE DATABASE ${name}`);
  const dataSource = createDataSource(
    {
      url: urlOfDatabase(serverUrl, name),
      ssl: false,
      poolSize: 2,
      applicationName: 'test-template',
      connectTimeoutMs: 10_000,
    },
    [],
  );
  await dataSource.initialize();
  try {
    await migrate(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

function migrationsHash(): string {
  const hash = createHash('sha256');
  const files = readdirSync(MIGRATIONS).filter((file) => /\.(ts|js)$/.test(file));
  for (const file of files.sort()) hash.update(readFileSync(new URL(file, MIGRATIONS)));
  return hash.digest('hex').slice(0, 12);
}
