import { certificateFault } from '@app/platform';
import { DatabaseRefusedError } from './database.errors.js';

/** PostgreSQL's appendix A, and what to look at for each. */
const ADVICE: ReadonlyMap<unknown, string> = new Map([
  ['28P01', 'Check user and password of DATABASE_URL.'],
  ['28000', 'Check the user of DATABASE_URL, DATABASE_SSL, and pg_hba.conf of the server.'],
  ['3D000', 'Check the database name of DATABASE_URL.'],
]);

/** The driver's words for a server without TLS; the error has no code. */
const NO_TLS = 'The server does not support SSL connections';

/**
 * What waiting does not make right: a wrong password, an unknown role or database, a certificate
 * that is not trusted, TLS where there is none. Undefined for everything else.
 */
export function databaseRefusal(error: unknown): DatabaseRefusedError | undefined {
  if (!(error instanceof Error)) return undefined;
  const fault = certificateFault(error);
  if (fault !== undefined) {
    const reason = `The certificate of the database server is not trusted: ${fault}`;
    const advice = 'Check DATABASE_SSL_CA_FILE and the host of DATABASE_URL.';
    return new DatabaseRefusedError(reason, advice, error);
  }
  const noTls = error.message === NO_TLS ? 'Check DATABASE_SSL.' : undefined;
  const advice = noTls ?? ADVICE.get(Reflect.get(error, 'code'));
  if (advice === undefined) return undefined;
  return new DatabaseRefusedError(`The database refused us: ${error.message}`, advice, error);
}
