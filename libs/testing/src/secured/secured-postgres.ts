import { randomBytes } from 'node:crypto';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../infrastructure/embedded-postgres.js';
import type { PostgresServer } from '../infrastructure/local-server.interface.js';
import { locatePostgres } from '../infrastructure/postgres-binaries.js';
import { throwAwayDirectory } from '../infrastructure/project-directories.js';
import type { TestCertificate } from '../receiver/test-authority.js';

export interface SecuredPostgres extends PostgresServer {
  /** The same database for a user that is let in over TLS alone; a superuser as well. */
  secured(databaseUrl: string): string;
  /** Of that user. */
  readonly password: string;
}

const USER = 'over_tls';

/** The test itself comes as `postgres` without TLS; whoever else comes without it is refused. */
const ACCESS = `host all postgres 127.0.0.1/32 scram-sha-256
hostssl all ${USER} 127.0.0.1/32 scram-sha-256
`;

/** A PostgreSQL server with `ssl=on` and the given certificate, good for 127.0.0.1. */
export async function startSecuredPostgres(certificate: TestCertificate): Promise<SecuredPostgres> {
  const directory = throwAwayDirectory();
  const { user } = await locatePostgres();
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    // PostgreSQL refuses a key that others may read, or that is not its own.
    writeFileSync(path, text, { mode: 0o600 });
    if (user) chownSync(path, user.uid, user.gid);
    return path;
  };
  const settings = {
    ssl: 'on',
    ssl_cert_file: write('server.crt', certificate.cert),
    ssl_key_file: write('server.key', certificate.key),
    hba_file: write('access.conf', ACCESS),
  };
  const server = await startEmbeddedPostgres({ directory, settings });
  const password = randomBytes(12).toString('hex');
  await createUser(server.databaseUrl, password);
  const secured = (databaseUrl: string): string => {
    const url = new URL(databaseUrl);
    url.username = USER;
    url.password = password;
    return url.href;
  };
  return Object.assign(server, { secured, password });
}

async function createUser(databaseUrl: string, password: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`CREATE ROLE ${USER} SUPERUSER LOGIN PASSWORD '${password}'`);
  } finally {
    await client.end();
  }
}
