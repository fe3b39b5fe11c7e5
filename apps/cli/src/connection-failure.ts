import { DatabaseUnavailableError } from './cli.errors.js';

/** What the operating system's codes mean to somebody who has to do something about them. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be resolved now',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'it does not answer',
};

/** Says why no session was opened, without user and password. */
export function connectionFailure(databaseUrl: string, error: unknown): DatabaseUnavailableError {
  const { host, pathname } = new URL(databaseUrl);
  const database = decodeURIComponent(pathname.slice(1));
  const where = `${host === '' ? 'the local socket' : host}, database "${database}"`;
  return new DatabaseUnavailableError(where, reasonOf(error));
}

/** A name with several addresses fails with one error for each: the first one tells enough. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : REASONS[code];
  if (known !== undefined) return known;
  return /timeout/i.test(error.message) ? 'it does not answer' : error.message;
}
