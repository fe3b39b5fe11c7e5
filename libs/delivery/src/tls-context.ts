import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { ClientIdentity } from './client-identity.js';

export interface TlsTrust {
  /** PEM certificates that are trusted besides the well-known ones. */
  readonly trustedCertificates?: readonly string[];
  /** Presented to servers that ask for it. */
  readonly identity?: ClientIdentity;
}

/** Older ones are broken (RFC 8996). Said here, because NODE_OPTIONS could lower Node's own bound. */
const LOWEST_VERSION = 'TLSv1.2';

/**
 * `ca` replaces the well-known certificates, so they are repeated. Built once for many connections:
 * reading all of them again for each would cost milliseconds.
 */
export function clientContext({ trustedCertificates = [], identity }: TlsTrust): SecureContext {
  return createSecureContext({
    minVersion: LOWEST_VERSION,
    ...(trustedCertificates.length > 0 && { ca: [...rootCertificates, ...trustedCertificates] }),
    ...(identity && { cert: identity.certificate, key: identity.key }),
  });
}
