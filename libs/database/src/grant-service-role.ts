import type { DataSource } from 'typeorm';
import { UnknownRoleError } from './database.errors.js';

/**
 * Lets a role read and write rows and call functions, and nothing else: it owns nothing, and cannot make or
 * change tables. Also of what is made later by the role that calls this, such as partitions. May be repeated.
 *
 * Throws {@link UnknownRoleError}.
 */
export async function grantServiceRole(dataSource: DataSource, role: string): Promise<void> {
  const [known] = await dataSource.query<{ role: string; schema: string }[]>(
    `SELECT quote_ident(rolname) AS role, quote_ident(current_schema()) AS schema
     FROM pg_roles WHERE rolname = $1`,
    [role],
  );
  if (!known) throw new UnknownRoleError(role);
  for (const sql of grants(known)) await dataSource.query(sql);
}

function grants({ role, schema }: { readonly role: string; readonly schema: string }): string[] {
  const rows = 'SELECT, INSERT, UPDATE, DELETE';
  const later = `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema}`;
  return [
    `GRANT USAGE ON SCHEMA ${schema} TO ${role}`,
    `REVOKE CREATE ON SCHEMA ${schema} FROM ${role}`,
    `GRANT ${rows} ON ALL TABLES IN SCHEMA ${schema} TO ${role}`,
    // What has run is told by the role that ran it.
    `REVOKE INSERT, UPDATE, DELETE ON schema_migration FROM ${role}`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`,
    `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${role}`,
    `${later} GRANT ${rows} ON TABLES TO ${role}`,
    `${later} GRANT USAGE ON SEQUENCES TO ${role}`,
    `${later} GRANT EXECUTE ON FUNCTIONS TO ${role}`,
  ];
}
