import { QueryFailedError } from 'typeorm';

/** The SQLSTATE of a failed statement, or undefined where the failure is no answer of PostgreSQL. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { code } = error.driverError as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/**
 * True where the data of the statement is to blame (class 22 data exception, class 23 integrity
 * constraint): trying again cannot help. Everything else (connection, resources, deadlock,
 * shutdown) is worth another try.
 */
export function isDataError(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && (state.startsWith('22') || state.startsWith('23'));
}
