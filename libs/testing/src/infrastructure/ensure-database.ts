import { Client, DatabaseError } from 'pg';

/** PostgreSQL: duplicate_database; unique_violation when two create it in the same moment. */
const EXISTS = ['42P04', '23505'];

/** Makes the database on the server of `databaseUrl` if there is none yet; returns its URL. */
export async function ensureDatabase(databaseUrl: string, name: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if (!(error instanceof DatabaseError && EXISTS.includes(error.code ?? ''))) throw error;
  } finally {
    await client.end();
  }
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
