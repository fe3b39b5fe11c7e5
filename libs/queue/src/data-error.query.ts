import { QueryFailedError } from 'typeorm';

/**
 * True where the data of a statement is to blame (SQLSTATE class 22 data exception, 23 integrity
 * constraint): trying again cannot help. Everything else (connection, resources, deadlock,
 * shutdown) is worth another try. By code, never by message.
 */
export function isDataError(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code } = error.driverError as { code?: unknown };
  return typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code);
}
