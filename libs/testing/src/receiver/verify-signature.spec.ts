import { describe, expect, it } from 'vitest';
import { verifySignature } from './verify-signature.js';

/** A short key (RFC 4231, test case 2) and one that is longer than a block (made with openssl). */
const published = [
  {
    clientSecret: 'Jefe',
    text: 'what do ya want for nothing?',
    hex: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  },
  {
    clientSecret: 'k'.repeat(131),
    text: 'Test Using Larger Than Block-Size Key - Hash Key First',
    hex: '70e4b005732fa7ff79392aa24fb240159b925dbc9f1398420c0f45e6763dcf14',
  },
];

describe('verifySignature', () => {
  it.each(published)('accepts a signature made elsewhere with $clientSecret', (vector) => {
    const { clientSecret, text, hex } = vector;
    const signature = Buffer.from(hex, 'hex').toString('base64');

    expect(verifySignature({ body: Buffer.from(text), signature, clientSecret })).toBe(true);
    expect(verifySignature({ body: Buffer.from(`${text} `), signature, clientSecret })).toBe(false);
    expect(verifySignature({ body: Buffer.from(text), signature, clientSecret: 'x' })).toBe(false);
  });

  it('accepts nothing in place of a signature', () => {
    const body = Buffer.from('x');

    expect(verifySignature({ body, signature: undefined, clientSecret: 's' })).toBe(false);
    expect(verifySignature({ body, signature: '', clientSecret: 's' })).toBe(false);
  });
});
