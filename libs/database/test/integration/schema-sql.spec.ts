import { readFile } from 'node:fs/promises';
import { createTestDatabase, schemaDump, urlOfDatabase, type TestDatabase } from '@app/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let database: TestDatabase;
let dump: string;
beforeAll(async () => {
  database = await createTestDatabase();
  dump = await schemaDump(database);
});
afterAll(() => database?.drop());

describe('the dumped schema', () => {
  it('is the one that schema.sql shows, but for its heading', async () => {
    const committed = await readFile(new URL('../../schema.sql', import.meta.url), 'utf8');
    expect(committed.slice(committed.indexOf('CREATE '))).toBe(dump);
  });

  it('makes the same schema again when it is executed', async () => {
    const name = `${new URL(database.url).pathname.slice(1)}_again`;
    await database.query(`CREATE DATABASE ${name}`);
    const again = new Client({ connectionString: urlOfDatabase(database.url, name) });
    await again.connect();
    try {
      await again.query(dump);
      const query = async (sql: string) => (await again.query(sql)).rows;
      expect(await schemaDump({ query })).toBe(dump);
    } finally {
      await again.end();
      await database.query(`DROP DATABASE ${name}`);
    }
  });

  it('shows a change of every kind', async () => {
    const changes = [
      'ALTER TABLE application ADD COLUMN added integer DEFAULT 3',
      'ALTER TABLE application ALTER COLUMN name DROP NOT NULL',
      'ALTER TABLE application DROP CONSTRAINT application_type_check',
      'ALTER TABLE integration_queue SET (fillfactor = 90)',
      'CREATE INDEX added ON integration_webhook (end_point) WHERE type IS NULL',
      'DROP INDEX operator_action_queue',
      'ALTER FUNCTION queue_heads RESET enable_seqscan',
      'CREATE TRIGGER added AFTER INSERT ON application EXECUTE FUNCTION suppress_redundant_updates_trigger()',
      'DROP VIEW integration_queue_message_state',
      `COMMENT ON TABLE operator_action IS 'changed'`,
      'ALTER TABLE gb_integration DROP CONSTRAINT gb_integration_app_id_fkey',
    ];
    const session = await database.connect();
    const query = async (sql: string) => (await session.query(sql)).rows;
    for (const change of changes) {
      await session.query('BEGIN');
      await session.query(change);
      expect(await schemaDump({ query }), change).not.toBe(dump);
      await session.query('ROLLBACK');
    }
    expect(await schemaDump({ query })).toBe(dump);
  });
});
