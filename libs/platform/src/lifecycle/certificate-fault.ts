/**
 * OpenSSL's verdicts on a certificate, and Node's on the host that it is for. No time heals them:
 * whoever exchanges the certificate or the authority starts the service anew.
 */
const CERTIFICATE_CODE =
  /^(CERT_|CRL_|UNABLE_TO_|ERROR_IN_CERT_|SELF_SIGNED_CERT_|DEPTH_ZERO_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|ERR_TLS_CERT_ALTNAME_)/;

/** Why the other side's certificate was refused, or undefined when that was not the trouble. */
export function certificateFault(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code: unknown = Reflect.get(at, 'code');
    if (typeof code === 'string' && CERTIFICATE_CODE.test(code)) return `${at.message} (${code})`;
  }
  return undefined;
}
