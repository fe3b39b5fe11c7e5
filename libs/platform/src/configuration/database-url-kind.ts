import { DATABASE_SSL_MODES, type DatabaseSslMode } from './configuration.js';
import { type Kind, ValueRefused } from './kind.js';
import { parsedUrl } from './parsed-url.js';

export interface DatabaseUrl {
  /** Without `sslmode`. */
  readonly url: string;
  /** As the URL said it, to be reconciled with DATABASE_SSL. */
  readonly sslMode: DatabaseSslMode | undefined;
}

const TLS_PARAMETERS = ['ssl', 'sslrootcert', 'sslcert', 'sslkey'];

/**
 * `sslmode` is taken out: the driver lets TLS parameters of the URL overrule its options, and
 * reads `require` as full verification. Here the words mean what DATABASE_SSL says they mean.
 */
export const databaseUrl: Kind<DatabaseUrl> = {
  expected: 'postgres://user:password@host:5432/database, special characters percent-encoded',
  parse(text) {
    const url = parsedUrl(text);
    if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol)) {
      throw new ValueRefused();
    }
    const foreign = TLS_PARAMETERS.find((parameter) => url.searchParams.has(parameter));
    if (foreign !== undefined) {
      throw new ValueRefused(`without "${foreign}": use DATABASE_SSL and DATABASE_SSL_CA_FILE`);
    }
    const sslMode = url.searchParams.get('sslmode');
    if (sslMode === null) return { url: text, sslMode: undefined };
    const known = DATABASE_SSL_MODES.find((mode) => mode === sslMode);
    if (known === undefined) {
      throw new ValueRefused(`sslmode one of ${DATABASE_SSL_MODES.join(', ')}`);
    }
    url.searchParams.delete('sslmode');
    return { url: url.href, sslMode: known };
  },
  mask: maskUrlPassword,
};

/** Where the URL does not parse, nobody can tell the password from the rest: nothing is shown. */
export function maskUrlPassword(text: string): string {
  const url = parsedUrl(text);
  if (!url || !/^[a-z]+:\/\//i.test(text)) return `*** (${text.length} characters)`;
  if (url.password !== '') url.password = '***';
  if (url.searchParams.has('password')) url.searchParams.set('password', '***');
  return url.href;
}
