import { createSecretKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AccessTokens, TokenKeysUnavailableError, TokenRefusedError } from '@app/applications';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

interface Pair {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function pairOf(kid: string, alg: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { kid, alg, privateKey, publicKey, jwk };
}

/** What the platform answers; changed by tests. */
let answer: { status: number; body: string };
let requests = 0;
let server: Server;
let jwksUrl: string;
let rsa: Pair;
let elliptic: Pair;
let edwards: Pair;
let stranger: Pair;

beforeAll(async () => {
  [rsa, elliptic, edwards, stranger] = await Promise.all([
    pairOf('rsa', 'RS256'),
    pairOf('elliptic', 'ES256'),
    pairOf('edwards', 'EdDSA'),
    pairOf('stranger', 'RS256'),
  ]);
  server = createServer((_, response) => {
    requests += 1;
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = 0;
  answer = { status: 200, body: JSON.stringify({ keys: [rsa.jwk, elliptic.jwk, edwards.jwk] }) };
});

const OWN = { keyId: 'own', key: createSecretKey(Buffer.from('o'.repeat(32))) };

/** With nothing fetched yet. */
const verifier = () => new AccessTokens({ keys: [OWN], jwksUrl });

const payload = (change: JWTPayload = {}): JWTPayload => ({
  iss: 'a token of the platform',
  aud: 'an organization',
  sub: 'client://a client',
  exp: Math.floor(Date.now() / 1000) + 60,
  ...change,
});

const signed = (pair: Pair, change: JWTPayload = {}, kid: string | undefined = pair.kid) =>
  new SignJWT(payload(change))
    .setProtectedHeader(kid === undefined ? { alg: pair.alg } : { alg: pair.alg, kid })
    .sign(pair.privateKey);

async function reasonAgainst(token: string, tokens = verifier()): Promise<string> {
  const error: unknown = await tokens.verify(token).then(
    () => new Error('it was accepted'),
    (refusal: unknown) => refusal,
  );
  if (error instanceof TokenRefusedError) return error.reason;
  throw error;
}

describe('a token of the platform', () => {
  it.each(['RS256', 'ES256', 'EdDSA'])('is accepted with the algorithm %s', async (alg) => {
    const pair = [rsa, elliptic, edwards].find((each) => each.alg === alg);
    if (!pair) throw new Error('no such pair');
    const claims = payload({ scope: 'view_integrations, edit_integrations' });
    expect(await verifier().verify(await signed(pair, claims))).toEqual({
      tokenId: 'a token of the platform',
      organizationId: 'an organization',
      clientId: 'a client',
      expiresAt: claims.exp,
      issuer: 'platform',
      scopes: ['view_integrations', 'edit_integrations'],
    });
  });

  it('without scopes says so, and one with an empty list has none', async () => {
    const tokens = verifier();
    expect((await tokens.verify(await signed(rsa))).scopes).toBeUndefined();
    expect((await tokens.verify(await signed(rsa, { scope: '' }))).scopes).toEqual([]);
  });

  it('costs one look at the platform, and those after it none', async () => {
    const tokens = verifier();
    for (let n = 0; n < 3; n += 1) await tokens.verify(await signed(rsa));
    expect(requests).toBe(1);
  });

  it('stands beside those of our own', async () => {
    const tokens = verifier();
    const own = { tokenId: 't', organizationId: 'o', clientId: 'c' };
    expect(await tokens.verify(await tokens.issue(own))).toMatchObject({ ...own, issuer: 'own' });
    expect(requests).toBe(0);
  });
});

describe('no token of the platform', () => {
  it('is one of a key that it does not publish', async () => {
    expect(await reasonAgainst(await signed(stranger))).toBe('it is signed with an unknown key');
  });

  it('is one of another key under a published id', async () => {
    const token = await signed(stranger, {}, rsa.kid);
    expect(await reasonAgainst(token)).toBe('its signature is wrong');
  });

  it('is one whose algorithm is not that of the key', async () => {
    const token = await signed(elliptic, {}, rsa.kid);
    expect(await reasonAgainst(token)).toBe('it is signed with an unknown key');
  });

  it.each(['rsa', 'own', undefined])(
    'is one signed with the text of a published key as if it were a shared secret, under the id %s',
    async (kid) => {
      const texts = [await exportSPKI(rsa.publicKey), JSON.stringify(rsa.jwk), rsa.jwk.n ?? ''];
      for (const text of texts) {
        const header = kid === undefined ? { alg: 'HS256' } : { alg: 'HS256', kid };
        const token = new SignJWT(payload()).setProtectedHeader(header);
        const confused = await token.sign(createSecretKey(Buffer.from(text)));
        expect(await reasonAgainst(confused)).toMatch(/unknown key|signature is wrong/);
      }
      expect(requests).toBe(0);
    },
  );

  it('is one of a shared secret, even where the platform publishes it', async () => {
    const secret = createSecretKey(Buffer.from('s'.repeat(32)));
    const jwk = { ...(await exportJWK(secret)), kid: 'shared', alg: 'HS256' };
    answer = { status: 200, body: JSON.stringify({ keys: [jwk] }) };
    const token = new SignJWT(payload()).setProtectedHeader({ alg: 'HS256', kid: 'shared' });
    expect(await reasonAgainst(await token.sign(secret))).toBe('it is signed with an unknown key');
  });

  it.each<[string, JWTPayload, string]>([
    ['that has expired', { exp: 1 }, 'it has expired'],
    ['without an end', { exp: undefined }, 'its claim exp does not hold'],
    ['for two organizations', { aud: ['a', 'b'] }, 'its claims have an unknown form'],
    ['with a NUL in its organization', { aud: 'a\u0000' }, 'its claims have an unknown form'],
    ['with a NUL in its client', { sub: 'client://\u0000' }, 'its claims have an unknown form'],
    ['with too long an organization', { aud: 'a'.repeat(65) }, 'its claims have an unknown form'],
  ])('is one %s', async (_, change, reason) => {
    expect(await reasonAgainst(await signed(rsa, change))).toBe(reason);
  });

  it('is one whose payload was changed afterwards', async () => {
    const [header, , signature] = (await signed(rsa)).split('.');
    const [, other] = (await signed(rsa, { aud: 'theirs' })).split('.');
    const token = [header, other, signature].join('.');
    expect(await reasonAgainst(token)).toBe('its signature is wrong');
  });
});

describe('keys that cannot be had', () => {
  it.each<[string, number, string]>([
    ['an error', 500, '{}'],
    ['a redirect', 302, '{}'],
    ['no JSON', 200, '<html>'],
    ['no key set', 200, '{"keys": 1}'],
  ])('are no fault of the token: the platform answers %s', async (_, status, body) => {
    answer = { status, body };
    const verifying = verifier().verify(await signed(rsa));
    await expect(verifying).rejects.toBeInstanceOf(TokenKeysUnavailableError);
  });

  it('are no fault of the token: nobody answers', async () => {
    const closed = createServer();
    await new Promise<void>((listening) => closed.listen(0, '127.0.0.1', listening));
    const { port } = closed.address() as AddressInfo;
    await new Promise((ended) => closed.close(ended));
    const url = `http://127.0.0.1:${port}/jwks`;
    const verifying = new AccessTokens({ keys: [OWN], jwksUrl: url }).verify(await signed(rsa));
    await expect(verifying).rejects.toThrow(url);
    await expect(verifying).rejects.toBeInstanceOf(TokenKeysUnavailableError);
  });

  it('are looked for again with the next token', async () => {
    const tokens = verifier();
    const token = await signed(rsa);
    answer = { ...answer, status: 503 };
    await expect(tokens.verify(token)).rejects.toBeInstanceOf(TokenKeysUnavailableError);
    answer = { ...answer, status: 200 };
    expect(await tokens.verify(token)).toMatchObject({ issuer: 'platform' });
  });
});
