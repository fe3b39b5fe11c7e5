import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import {
  bits,
  integer,
  objectId,
  octets,
  sequence,
  set,
  tagged,
  utcTime,
  utf8,
  yes,
} from './der.js';

/** PEM, as Node's servers take it. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateRequest {
  /** DNS names and IPv4 addresses that the certificate is good for. */
  readonly names: readonly string[];
  /** A day ago when not given. */
  readonly validFrom?: Date;
  /** In a day when not given. */
  readonly validUntil?: Date;
}

interface Issuer {
  readonly name: string;
  readonly key: KeyObject;
}

interface Body {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly validFrom: Date;
  readonly validUntil: Date;
  readonly extensions: readonly Buffer[];
}

const DAY_MS = 86_400_000;
const ISSUER = 'Throw-away test authority';
const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));

/**
 * A certificate authority that lives as long as the test: no key lies in the repository, nothing
 * expires while nobody looks, and no program beside Node is needed.
 */
export class TestAuthority {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  /** PEM, to be trusted by the client under test. */
  readonly certificate: string;

  constructor() {
    const body = {
      ...period({}),
      subject: ISSUER,
      publicKey: this.#keys.publicKey,
      extensions: [extension('2.5.29.19', sequence(yes()))],
    };
    this.certificate = certify(body, { name: ISSUER, key: this.#keys.privateKey });
  }

  issue(request: CertificateRequest): TestCertificate {
    return certificateFor(request, { name: ISSUER, key: this.#keys.privateKey });
  }
}

/** Vouched for by nothing but its own key, as a server gets it that was set up by hand. */
export function selfSigned(request: CertificateRequest): TestCertificate {
  return certificateFor(request);
}

/** Without an issuer it is its own. */
function certificateFor(request: CertificateRequest, issuer?: Issuer): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = request.names[0] ?? 'nobody';
  const extensions = [extension('2.5.29.17', sequence(...request.names.map(alternativeName)))];
  const body = { ...period(request), subject, publicKey, extensions };
  const cert = certify(body, issuer ?? { name: subject, key: privateKey });
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert };
}

/** RFC 5280 4.1: the certificate is the signed body, the algorithm and the signature. */
function certify(body: Body, issuer: Issuer): string {
  const signed = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    commonName(issuer.name),
    sequence(utcTime(body.validFrom), utcTime(body.validUntil)),
    commonName(body.subject),
    body.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...body.extensions)),
  );
  const signature = bits(sign('sha256', signed, issuer.key));
  return pem(sequence(signed, ECDSA_WITH_SHA256, signature));
}

function period(request: Partial<CertificateRequest>): Pick<Body, 'validFrom' | 'validUntil'> {
  return {
    validFrom: request.validFrom ?? new Date(Date.now() - DAY_MS),
    validUntil: request.validUntil ?? new Date(Date.now() + DAY_MS),
  };
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), octets(value));
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(objectId('2.5.4.3'), utf8(name))));
}

function alternativeName(name: string): Buffer {
  return isIPv4(name)
    ? tagged(0x87, Buffer.from(name.split('.').map(Number)))
    : tagged(0x82, Buffer.from(name, 'ascii'));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
