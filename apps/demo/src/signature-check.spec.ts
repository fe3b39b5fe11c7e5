import { describe, expect, it } from 'vitest';
import { isSignedBy } from './signature-check.js';

/** RFC 4231, test case 2, in Base64. */
const KEY = 'Jefe';
const DATA = Buffer.from('what do ya want for nothing?');
const SIGNATURE = Buffer.from(
  '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  'hex',
).toString('base64');

describe('the check of a signature', () => {
  it('agrees with the published test vector', async () => {
    expect(await isSignedBy(KEY, DATA, SIGNATURE)).toBe(true);
  });

  it.each([
    ['another secret', 'jefe', DATA, SIGNATURE],
    ['one more byte', KEY, Buffer.concat([DATA, Buffer.from(' ')]), SIGNATURE],
    ['no signature', KEY, DATA, undefined],
    ['an empty signature', KEY, DATA, ''],
    ['the signature in hex', KEY, DATA, Buffer.from(SIGNATURE, 'base64').toString('hex')],
    ['a signature without its padding', KEY, DATA, SIGNATURE.replace('=', '')],
    ['half a signature', KEY, DATA, SIGNATURE.slice(0, 20)],
  ])('refuses %s', async (_, secret, body, signature) => {
    expect(await isSignedBy(secret, body, signature)).toBe(false);
  });
});
