import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TestAuthority } from '@app/testing';
import { clientCertificateDetails } from './client-identity.js';

const authority = new TestAuthority();
const { cert, key } = authority.issue({
  names: ['client.example'],
  validUntil: new Date('2031-05-06T07:08:09Z'),
});

describe('clientCertificateDetails', () => {
  it('tells what is in the certificate', () => {
    expect(clientCertificateDetails(cert, key)).toMatchObject({
      validUntil: new Date('2031-05-06T07:08:09Z'),
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    });
  });

  it('reads the first certificate of a chain', () => {
    const chain = `${cert}${authority.certificate}`;

    expect(clientCertificateDetails(chain, key)).toEqual(clientCertificateDetails(cert, key));
  });

  it.each([
    [
      'a key of another certificate',
      cert,
      authority.issue({ names: ['b.example'] }).key,
      'not that of',
    ],
    ['text that is no certificate', 'text', key, 'not PEM of an X.509 certificate'],
    ['text that is no key', cert, 'very-secret-text', 'not PEM of a private key'],
    ['a key with a passphrase', cert, encryptedKey(), 'without passphrase'],
  ])('refuses %s, and does not repeat the key', (_what, certificate, given, reason) => {
    const check = () => clientCertificateDetails(certificate, given);

    expect(check).toThrow(reason);
    expect(check).not.toThrow('very-secret-text');
  });
});

function encryptedKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();
}
