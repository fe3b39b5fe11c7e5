/** Codes of Node's sockets and of PostgreSQL (connection_exception; shut down, crashed, starting). */
const AWAY =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|08...|57P0[123])$/;

/** node-postgres gives these no code. The last comes from a new connection that is not answered. */
const TERMINATED =
  /^Connection terminated( unexpectedly| due to connection timeout)?$|^Client has encountered a connection error/;

/** Every connection was in use for as long as one is waited for: node-postgres has no code for it. */
const BUSY = 'timeout exceeded when trying to connect';

/** The database cannot be reached, or is going down or coming up. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code: unknown = Reflect.get(error, 'code');
  return (typeof code === 'string' && AWAY.test(code)) || TERMINATED.test(error.message);
}

/** The database may be well: this process asks more of it at once than its pool has connections. */
export const isDatabaseBusy = (error: unknown): boolean =>
  error instanceof Error && error.message === BUSY;
