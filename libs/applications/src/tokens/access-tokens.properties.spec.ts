import { createHmac, createSecretKey } from 'node:crypto';
import { expectForAll, PROPERTY_TIMEOUT_MS } from '@app/testing';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { OauthClientsStore } from '../oauth-clients.store.js';
import { type AccessTokenClaims, AccessTokens } from './access-tokens.js';
import { TokenAuthenticator } from './token-authenticator.js';
import { TokenBearerQuery } from './token-bearer.query.js';
import { TokenRefusedError } from './token.errors.js';

const ours = { keyId: 'ours', key: createSecretKey(Buffer.alloc(32, 1)) };
const theirs = createSecretKey(Buffer.alloc(32, 2));
const tokens = new AccessTokens({ keys: [ours] });

/** There is no database behind it: what asks one throws something else than a refusal. */
const nowhere = new DataSource({ type: 'postgres' });
const authenticator = new TokenAuthenticator(
  new TokenBearerQuery(nowhere),
  tokens,
  new OauthClientsStore(nowhere),
);

const CLAIMS = { tokenId: 't', organizationId: 'o', clientId: 'c' };
let real: string;
let said: AccessTokenClaims;
beforeAll(async () => {
  real = await tokens.issue(CLAIMS);
  said = await tokens.verify(real);
});

const REASON = /^it(s claims?)? [\x20-\x7e]{1,80}$|^its signature is wrong$/;

/** What it says, or nothing where it is refused; throws what is no refusal. */
async function readBy<T>(reader: (token: string) => Promise<T>, token: string) {
  try {
    return await reader(token);
  } catch (error) {
    if (!(error instanceof TokenRefusedError)) throw error;
    expect(error.reason).toMatch(REASON);
    return undefined;
  }
}
const read = (token: string) => readBy((text) => tokens.verify(text), token);

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
/** By hand: a library for tokens does not sign what makes no sense. */
function signed(header: object, claims: unknown, key = ours.key): string {
  const input = [header, claims].map((part) => base64url(JSON.stringify(part))).join('.');
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}
const word = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json().map(base64url),
  fc.string({ unit: 'binary' }).map(base64url),
  fc.constantFrom(
    '',
    'e30',
    base64url('{"alg":"HS256","kid":"ours"}'),
    base64url('{"alg":"none"}'),
  ),
);

const junk = fc.oneof(fc.constantFrom(null, true, 0, '', [], {}, ['o'], { o: 1 }), fc.string());
const instant = fc.oneof(fc.constant(4e9), fc.double(), fc.integer());
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('o', '\0', 'a\nb', '\ud800'));
/** Whatever the bearer of a key may write into a token. */
const payload = fc.record(
  {
    iss: fc.oneof(text, junk),
    aud: fc.oneof({ weight: 9, arbitrary: text }, junk),
    sub: fc.oneof({ weight: 9, arbitrary: text.map((id) => `client://${id}`) }, junk),
    exp: fc.oneof({ weight: 9, arbitrary: instant }, junk),
    nbf: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, junk),
    scope: fc.oneof(text, junk),
  },
  { requiredKeys: ['iss', 'aud', 'sub', 'exp'] },
);

describe('an access token', () => {
  it(
    'says what it was issued for, whatever that is',
    async () => {
      const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
      const claims = fc.record({ tokenId: id, organizationId: id, clientId: id });
      const plain = claims.filter((given) => !/\p{Cc}/u.test(Object.values(given).join('')));
      await expectForAll(plain, async (given) => {
        expect(await tokens.verify(await tokens.issue(given))).toMatchObject(given);
      });
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'with bits that have flipped is refused, or says what it said before',
    async () => {
      const flips = fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 3 });
      await expectForAll(flips, async (places) => {
        const bytes = Buffer.from(real);
        for (const [at, bit] of places) {
          const place = at % bytes.length;
          bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
        }
        // The last letter of Base64 has bits that say nothing.
        const flipped = await read(bytes.toString('latin1'));
        if (flipped !== undefined) expect(flipped).toEqual(said);
      });
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'of our key says who and where in usable text, or is refused',
    async () => {
      let accepted = 0;
      await expectForAll(payload, async (claims) => {
        const claimed = await read(signed({ alg: 'HS256', kid: 'ours' }, claims));
        if (claimed === undefined) return;
        accepted += 1;
        expect(claimed.organizationId).toMatch(/^\P{Cc}{1,64}$/u);
        expect(claimed.clientId).toMatch(/^\P{Cc}{1,200}$/u);
        expect(claimed.expiresAt * 1_000 + 5_000).toBeGreaterThan(Date.now());
        expect(typeof claimed.tokenId).toBe('string');
      });
      expect(accepted).toBeGreaterThan(500);
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'of another key, or under another algorithm or key id, is refused, whatever it says',
    async () => {
      const header = fc.record(
        {
          alg: fc.oneof(fc.constantFrom('HS256', 'HS512', 'RS256', 'none'), junk),
          kid: fc.oneof(fc.constantFrom('ours', 'x', '__proto__'), junk),
          crit: fc.oneof(fc.constantFrom(['exp'], ['b64']), junk),
          b64: fc.boolean(),
          typ: junk,
        },
        { requiredKeys: [] },
      );
      await expectForAll(fc.tuple(header, payload), async ([given, claims]) => {
        expect(await read(signed(given, claims, theirs))).toBeUndefined();
        const isUnlike = given.alg !== 'HS256' || given.kid !== 'ours';
        if (isUnlike) expect(await read(signed(given, claims))).toBeUndefined();
      });
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'under a signature of other claims is refused',
    async () => {
      await expectForAll(payload, async (claims) => {
        const [header, , signature] = real.split('.');
        const body = base64url(JSON.stringify(claims));
        expect(await read([header, body, signature].join('.'))).toBeUndefined();
      });
    },
    PROPERTY_TIMEOUT_MS,
  );
});

describe('text that is no token', () => {
  const notOurs = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(word, word, word).map((words) => words.join('.')),
    fc.tuple(word, fc.nat(100)).map(([part, at]) => `${real.slice(0, at)}${part}`),
  );

  it(
    'is refused, and nothing else happens',
    async () => {
      await expectForAll(notOurs, async (given) => {
        expect(await read(given)).toBeUndefined();
      });
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'is refused before the database is asked, where it has the dots of a token',
    async () => {
      const dotted = notOurs.filter((given) => given.includes('.'));
      await expectForAll(dotted, async (given) => {
        const authenticate = (token: string) => authenticator.authenticate(token);
        expect(await readBy(authenticate, given)).toBeUndefined();
      });
    },
    PROPERTY_TIMEOUT_MS,
  );
});
