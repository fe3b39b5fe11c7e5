import { describe, expect, it } from 'vitest';
import { EmptySecretError } from './delivery.errors.js';
import { signingKey, signPayload } from './payload.signer.js';

async function signedByWebCrypto(bytes: Buffer, secret: string): Promise<string> {
  const { subtle } = globalThis.crypto;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['sign']);
  return Buffer.from(await subtle.sign('HMAC', key, new Uint8Array(bytes))).toString('base64');
}

describe('signPayload', () => {
  it('gives the Base64 of the HMAC-SHA256 that RFC 4231 publishes', () => {
    const digest = Buffer.from(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      'hex',
    );

    const signature = signPayload(Buffer.from('what do ya want for nothing?'), signingKey('Jefe'));

    expect(signature).toBe(digest.toString('base64'));
  });

  it('keys with the UTF-8 bytes of the secret, as openssl and Python do', () => {
    const body = Buffer.from('{"header":{},"body":{"price":10.00,"name":"Zoë \\u00e9 😀"}}');

    expect(signPayload(body, signingKey('gehéim-😀'))).toBe(
      'lETB969y1g8utdIzsy27Am6cC4nIjT8EvKz0ZzQFG8I=',
    );
  });

  it('agrees with WebCrypto on bodies of any bytes and secrets longer than a block', async () => {
    const bodies = [
      Buffer.alloc(0),
      Buffer.from([0, 255, 128, 10, 13]),
      Buffer.alloc(900_000, 'é'),
    ];
    for (const secret of ['s', 'secret '.repeat(40)]) {
      for (const body of bodies) {
        expect(signPayload(body, signingKey(secret))).toBe(await signedByWebCrypto(body, secret));
      }
    }
  });

  it('refuses to sign with an empty secret', () => {
    expect(() => signingKey('')).toThrow(EmptySecretError);
  });

  it('does not show the secret when a key is printed', () => {
    expect(JSON.stringify({ secret: signingKey('very-secret') })).not.toContain('very-secret');
  });
});
