import { createTestDatabase, schemaDump, startPostgres } from '@app/testing';
import type { Generator } from './generator.interface.js';

const HEADING = [
  '-- The schema after all migrations, for reading and for comparing. Generated: do not edit.',
  '-- The migrations make it, see libs/database/src/migrations; their own list is left out.',
].join('\n');

/** `schema.sql`: what the migrations come to, so that a change of theirs shows as what it changes. */
export const schemaSql: Generator = {
  file: 'libs/database/schema.sql',
  command: 'npm run generate',
  generate: schemaSqlText,
};

/**
 * Migrates a database of its own on the server of DATABASE_URL, else on one that is started for
 * this, and removes it afterwards.
 *
 * @throws UnavailableError where there is no server and none can be started.
 */
export async function schemaSqlText(): Promise<string> {
  const given = process.env.DATABASE_URL;
  if (given) return dumpOn(given);
  const server = await startPostgres({ log: (line) => void process.stderr.write(`${line}\n`) });
  try {
    return await dumpOn(server.databaseUrl);
  } finally {
    await server.dispose();
  }
}

async function dumpOn(databaseUrl: string): Promise<string> {
  const database = await createTestDatabase({ infrastructure: { databaseUrl }, template: false });
  try {
    return `${HEADING}\n\n${await schemaDump(database)}`;
  } finally {
    await database.drop();
  }
}
