/**
 * True where the data of a statement is to blame (SQLSTATE class 22 data exception, 23 integrity
 * constraint): trying again cannot help. Everything else (connection, resources, deadlock,
 * shutdown) is worth another try. By code, never by message. A failed statement carries what the
 * database answered as `driverError`; other errors with a `code` are not the database's.
 */
export function isDataError(error: unknown): boolean {
  if (!(error instanceof Error) || !('driverError' in error)) return false;
  const { driverError } = error;
  if (!(driverError instanceof Error) || !('code' in driverError)) return false;
  if (typeof driverError.code !== 'string' || !/^2[23][0-9A-Z]{3}$/.test(driverError.code))
    return false;
  return !isMissingPartition(driverError, driverError.code);
}

/**
 * PostgreSQL calls it a check violation, but names no constraint. Nothing is wrong with the row: its
 * day's partition has not been made yet, and taking the row for a dead letter would lose it.
 */
function isMissingPartition(error: Error, code: string): boolean {
  return code === '23514' && Reflect.get(error, 'constraint') === undefined;
}
