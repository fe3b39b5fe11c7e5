import { createSecretKey, type KeyObject } from 'node:crypto';
import {
  decodeJwt,
  decodeProtectedHeader,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type JWTPayload,
} from 'jose';
import { describe, expect, it } from 'vitest';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens.js';
import type { SigningKey } from './signing-keys.js';
import { TokenRefusedError } from './token.errors.js';

const keyOf = (text: string): KeyObject => createSecretKey(Buffer.from(text.repeat(32)));
const FIRST: SigningKey = { keyId: 'first', key: keyOf('1') };
const SECOND: SigningKey = { keyId: 'second', key: keyOf('2') };
const CLAIMS = { tokenId: 'a token', organizationId: 'an organization', clientId: 'a client' };

const tokens = new AccessTokens({ keys: [FIRST] });

const nowSeconds = () => Math.floor(Date.now() / 1000);

const payload = (change: JWTPayload = {}): JWTPayload => ({
  iss: 'a token',
  aud: 'an organization',
  sub: 'client://a client',
  exp: nowSeconds() + 60,
  ...change,
});

function signed(
  claims: JWTPayload,
  { kid, key = FIRST.key, alg = 'HS256' }: { kid?: string; key?: KeyObject; alg?: string } = {},
): Promise<string> {
  const header = kid === undefined ? { alg } : { alg, kid };
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}

const kid = FIRST.keyId;

async function reasonAgainst(token: string, verifier = tokens): Promise<string> {
  const error: unknown = await verifier.verify(token).then(
    () => new Error('it was accepted'),
    (refusal: unknown) => refusal,
  );
  if (error instanceof TokenRefusedError) return error.reason;
  throw error;
}

describe('an access token of our own', () => {
  it('says who, where, which and until when, and nothing else', async () => {
    const before = nowSeconds();
    const token = await tokens.issue(CLAIMS);
    const { exp, ...claims } = decodeJwt(token);
    expect(claims).toEqual({
      iss: 'a token',
      aud: 'an organization',
      sub: 'client://a client',
    });
    expect(ACCESS_TOKEN_SECONDS).toBe(3_600);
    expect(exp).toBeGreaterThanOrEqual(before + 3_600);
    expect(exp).toBeLessThanOrEqual(nowSeconds() + 3_600);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'first' });
  });

  it('is read as it was issued', async () => {
    const token = await tokens.issue(CLAIMS);
    expect(await tokens.verify(token)).toEqual({
      ...CLAIMS,
      expiresAt: decodeJwt(token).exp,
      issuer: 'own',
      scopes: undefined,
    });
  });

  it('is verified with any of the keys, and signed with the first', async () => {
    const rotated = new AccessTokens({ keys: [SECOND, FIRST] });
    expect(await rotated.verify(await tokens.issue(CLAIMS))).toMatchObject(CLAIMS);
    const next = await rotated.issue(CLAIMS);
    expect(decodeProtectedHeader(next).kid).toBe('second');
    expect(await reasonAgainst(next)).toBe('it is signed with an unknown key');
  });

  it('cannot be issued without a key', () => {
    expect(() => new AccessTokens({ keys: [] }).issue(CLAIMS)).toThrow('no key');
  });
});

describe('what is no access token of ours', () => {
  it('is one without a signature', async () => {
    const unsigned = new UnsecuredJWT(payload()).encode();
    expect(await reasonAgainst(unsigned)).toBe('it is not signed with an accepted algorithm');
    const [, body] = unsigned.split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', kid })).toString('base64url');
    expect(await reasonAgainst(`${header}.${body}.`)).toContain('algorithm');
    const [realHeader] = (await signed(payload(), { kid })).split('.');
    expect(await reasonAgainst(`${realHeader}.${body}.`)).toBe('its signature is wrong');
  });

  it('is one of another key under the id of ours', async () => {
    const token = await signed(payload(), { kid, key: keyOf('x') });
    expect(await reasonAgainst(token)).toBe('its signature is wrong');
  });

  it('is one that names no key, or one that we do not have', async () => {
    expect(await reasonAgainst(await signed(payload()))).toBe('it is signed with an unknown key');
    const unknown = await signed(payload(), { kid: 'other' });
    expect(await reasonAgainst(unknown)).toBe('it is signed with an unknown key');
    expect(await tokens.verify(await signed(payload(), { kid }))).toMatchObject(CLAIMS);
  });

  it('is one of another algorithm, also of the right key', async () => {
    const longer = await signed(payload(), { kid, alg: 'HS512', key: keyOf('11') });
    expect(await reasonAgainst(longer)).toBe('it is not signed with an accepted algorithm');
    const same = new AccessTokens({ keys: [{ keyId: kid, key: keyOf('11') }] });
    expect(await reasonAgainst(longer, same)).toBe('it is not signed with an accepted algorithm');
  });

  it('is one with a public key, as long as there is no place to fetch such keys', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const token = new SignJWT(payload()).setProtectedHeader({ alg: 'RS256', kid });
    expect(await reasonAgainst(await token.sign(privateKey))).toBe(
      'it is not signed with an accepted algorithm',
    );
  });

  it('is one that has expired, but for some seconds by which clocks differ', async () => {
    const expired = await signed(payload({ exp: nowSeconds() - 6 }), { kid });
    expect(await reasonAgainst(expired)).toBe('it has expired');
    const justNow = await signed(payload({ exp: nowSeconds() - 2 }), { kid });
    expect(await tokens.verify(justNow)).toMatchObject(CLAIMS);
  });

  it.each(['iss', 'aud', 'sub', 'exp'])('is one without the claim %s', async (claim) => {
    const { [claim]: _, ...rest } = payload();
    expect(await reasonAgainst(await signed(rest, { kid }))).toBe(
      `its claim ${claim} does not hold`,
    );
  });

  it.each<[string, JWTPayload]>([
    ['two audiences', { aud: ['an organization', 'another'] }],
    ['one audience in a list', { aud: ['an organization'] }],
    ['a subject that is no client', { sub: 'user://a client' }],
    ['a subject without a client', { sub: 'client://' }],
    ['a subject that is too long', { sub: `client://${'c'.repeat(201)}` }],
    ['a subject with a NUL', { sub: 'client://a\u0000b' }],
    ['a subject with a line end', { sub: 'client://a\nb' }],
    ['a subject with an escape', { sub: 'client://a\u001bb' }],
    ['an empty audience', { aud: '' }],
    ['an audience that is too long', { aud: 'o'.repeat(65) }],
    ['an audience with a NUL', { aud: 'o\u0000' }],
    ['an audience with a line end', { aud: 'o\n' }],
    ['an audience with a delete', { aud: 'o\u007f' }],
  ])('is one with %s', async (_, change) => {
    const token = await signed(payload(change), { kid });
    expect(await reasonAgainst(token)).toBe('its claims have an unknown form');
  });

  it('is longer than ours only beyond 64 characters of organization and 200 of client', async () => {
    const change = { aud: 'o'.repeat(64), sub: `client://${'ü'.repeat(200)}` };
    expect(await tokens.verify(await signed(payload(change), { kid }))).toMatchObject({
      organizationId: 'o'.repeat(64),
      clientId: 'ü'.repeat(200),
    });
  });

  it('is one whose payload was changed afterwards', async () => {
    const [header, , signature] = (await tokens.issue(CLAIMS)).split('.');
    const other = Buffer.from(JSON.stringify(payload({ aud: 'theirs' }))).toString('base64url');
    expect(await reasonAgainst([header, other, signature].join('.'))).toBe(
      'its signature is wrong',
    );
  });

  it.each(['.', '..', 'a.b.c', 'a.b', 'e30.e30.e30', '𝔞.𝔟.𝔠', 'eyJhbGciOiJIUzI1NiJ9..'])(
    'is %s',
    async (token) => {
      expect(await reasonAgainst(token)).toMatch(/malformed|algorithm|unknown key/);
    },
  );
});
