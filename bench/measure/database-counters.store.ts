import type { DataSource } from '@app/database';

export interface DatabaseCounters {
  /** Statements that clients have sent, those of the bench not counted; undefined without the extension. */
  readonly statements: number | undefined;
  /** Bytes of write-ahead log that the whole server has written. */
  readonly walBytes: number;
}

/** In every statement of the bench that runs while something is measured, so that it is not counted. */
export const OF_THE_BENCH = '/* bench */';

/** Resolves with whether statements can be counted: the server has to have the library loaded. */
export async function countStatements(dataSource: DataSource): Promise<boolean> {
  try {
    await dataSource.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    await dataSource.query('SELECT count(*) FROM pg_stat_statements');
    return true;
  } catch {
    return false;
  }
}

export async function databaseCounters(
  dataSource: DataSource,
  countsStatements: boolean,
): Promise<DatabaseCounters> {
  const [{ walBytes }] = await dataSource.query<[{ walBytes: number }]>(
    `${OF_THE_BENCH} SELECT (pg_current_wal_lsn() - '0/0')::float8 AS "walBytes"`,
  );
  if (!countsStatements) return { statements: undefined, walBytes };
  const [{ statements }] = await dataSource.query<[{ statements: number }]>(
    `${OF_THE_BENCH} SELECT coalesce(sum(calls), 0)::float8 AS statements FROM pg_stat_statements
     WHERE toplevel AND query NOT LIKE '%${OF_THE_BENCH}%'
       AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return { statements, walBytes };
}

/** Mean milliseconds of the statements that call a function, and how many there were. */
export async function statementTimes(
  dataSource: DataSource,
  name: string,
): Promise<{ readonly calls: number; readonly totalMs: number }> {
  const [row] = await dataSource.query<[{ calls: number; totalMs: number }]>(
    `${OF_THE_BENCH} SELECT coalesce(sum(calls), 0)::float8 AS calls, coalesce(sum(total_exec_time), 0) AS "totalMs"
     FROM pg_stat_statements WHERE toplevel AND query LIKE $1
       AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [`%${name}(%`],
  );
  return row;
}
