import { createHmac, createSecretKey, generateKeyPairSync, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { standardHeaders, type StandardSigning } from './standard-signature.js';

const NOW_MS = Date.now();
const ID = '6a1b3c1e-5c0b-4a52-8f44-0d9f4a1a2b3c';
const BODY = Buffer.from('{"header":{},"body":{"text":"é \u{1f600}","price":10.00}}');
const SECRET = 'a client secret of 1 müller & söhne';
const FORMER = 'the former client secret';

const keyOf = (secret: string) => createSecretKey(Buffer.from(secret, 'utf8'));
const signing = (more: Partial<StandardSigning> = {}): StandardSigning => ({
  id: ID,
  secrets: [keyOf(SECRET)],
  privateKeys: [],
  ...more,
});
const whsec = (secret: string) => `whsec_${Buffer.from(secret, 'utf8').toString('base64')}`;
const verified = (
  secret: string,
  headers: Readonly<Record<string, string>>,
  body = BODY,
): unknown => new Webhook(whsec(secret)).verify(body.toString('utf8'), { ...headers });

describe('the headers of Standard Webhooks', () => {
  it('are accepted by the official library, which knows the secret in its form', () => {
    const headers = standardHeaders(BODY, signing(), NOW_MS);

    expect(verified(SECRET, headers)).toEqual(JSON.parse(BODY.toString('utf8')));
    expect(() => verified(FORMER, headers)).toThrow('No matching signature');
    expect(() => verified(SECRET, headers, Buffer.from('{}'))).toThrow('No matching signature');
  });

  it('are accepted by it with either secret while one is replaced', () => {
    const secrets = [SECRET, FORMER].map(keyOf);
    const headers = standardHeaders(BODY, signing({ secrets }), NOW_MS);

    expect(() => verified(SECRET, headers)).not.toThrow();
    expect(() => verified(FORMER, headers)).not.toThrow();
  });

  it('are refused by it with another id, and when they are old', () => {
    const old = standardHeaders(BODY, signing(), NOW_MS - 3_600_000);

    expect(() => verified(SECRET, old)).toThrow('too old');
    const other = { ...standardHeaders(BODY, signing(), NOW_MS), 'webhook-id': 'other' };
    expect(() => verified(SECRET, other)).toThrow('No matching signature');
  });

  it('tell whole seconds of the attempt, and sign exactly these bytes', () => {
    const headers = standardHeaders(BODY, signing(), 1_700_000_000_999);

    const signed = Buffer.concat([Buffer.from(`${ID}.1700000000.`), BODY]);
    expect(headers).toEqual({
      'webhook-id': ID,
      'webhook-timestamp': '1700000000',
      'webhook-signature': `v1,${createHmac('sha256', SECRET).update(signed).digest('base64')}`,
    });
  });

  it('carry a signature for each Ed25519 key, which its public half verifies', () => {
    const pairs = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
    const privateKeys = pairs.map(({ privateKey }) => privateKey);
    const headers = standardHeaders(BODY, signing({ privateKeys }), NOW_MS);

    const [first, ...others] = headers['webhook-signature']?.split(' ') ?? [];
    expect(first).toMatch(/^v1,/);
    const signed = Buffer.concat([Buffer.from(`${ID}.${headers['webhook-timestamp']}.`), BODY]);
    const isGenuine = others.map((signature, index) => {
      expect(signature).toMatch(/^v1a,/);
      const publicKey = pairs[index]?.publicKey;
      const bytes = Buffer.from(signature.slice('v1a,'.length), 'base64');
      return publicKey !== undefined && verify(null, signed, publicKey, bytes);
    });
    expect(isGenuine).toEqual([true, true]);
    expect(() => verified(SECRET, headers)).not.toThrow();
  });
});
