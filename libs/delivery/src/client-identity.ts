import { createPrivateKey, X509Certificate } from 'node:crypto';
import { InvalidClientCertificateError } from './delivery.errors.js';

/** What the service presents to receivers that ask for a client certificate (mTLS). */
export interface ClientIdentity {
  /** Stands for exactly this certificate and key: connections are not shared between identities. */
  readonly id: string;
  /** PEM: the certificate, behind it those of intermediate authorities. */
  readonly certificate: string;
  /** PEM, without a passphrase. */
  readonly key: string;
}

export interface ClientCertificateDetails {
  readonly subject: string;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** SHA-256 of the certificate, hexadecimal pairs separated by colons. */
  readonly fingerprint: string;
}

/**
 * Reads a certificate and sees that the key belongs to it.
 *
 * @throws InvalidClientCertificateError, which never contains the key.
 */
export function clientCertificateDetails(
  certificate: string,
  key: string,
): ClientCertificateDetails {
  const parsed = certificateOf(certificate);
  if (!parsed.checkPrivateKey(privateKeyOf(key))) {
    throw new InvalidClientCertificateError('the private key is not that of the certificate');
  }
  return {
    subject: parsed.subject.replaceAll('\n', ', '),
    validFrom: new Date(parsed.validFrom),
    validUntil: new Date(parsed.validTo),
    fingerprint: parsed.fingerprint256,
  };
}

function certificateOf(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new InvalidClientCertificateError('the certificate is not PEM of an X.509 certificate', {
      cause: error,
    });
  }
}

function privateKeyOf(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL's message may quote what it was given.
    throw new InvalidClientCertificateError(
      'the key is not PEM of a private key without passphrase',
    );
  }
}
