import { OauthError } from '@app/applications';
import { expectForAll, PROPERTY_TIMEOUT_MS } from '@app/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTokenRequest, type TokenRequest } from './token-request.js';

const CODES = ['invalid_request', 'invalid_client', 'unsupported_grant_type'];
const NAMES =
  'grant_type client_id client_secret organization_id refresh_token scope scopes __proto__ x';

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme-ascii', minLength: 1 }) },
  fc.string({ unit: 'binary' }),
  fc.constantFrom('client_credentials', 'refresh_token', '', '\0', 'a\r\nb', 'a  b', '\ud800'),
);
const parameter = fc.oneof({ weight: 9, arbitrary: text }, fc.array(text), fc.anything());
const complete = fc.record({
  grant_type: fc.constantFrom('client_credentials', 'refresh_token'),
  client_id: text,
  client_secret: text,
  organization_id: fc.oneof(text, fc.string({ maxLength: 70, size: 'max' })),
  refresh_token: text,
});
const some = fc.dictionary(fc.constantFrom(...NAMES.split(' ')), parameter);
const form = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(complete, some).map(([all, more]) => ({ ...all, ...more })) },
  fc.tuple(complete, some).map(([all, more]) => ({ ...all, client_secret: '', ...more })),
  some,
  fc.anything(),
);

const base64 = (pair: string): string => Buffer.from(pair).toString('base64');
const authorization = fc.option(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(text, text).map((pair) => `Basic ${base64(pair.map(encodable).join(':'))}`),
    fc
      .string({ unit: fc.constantFrom('%', ':', '+', '2', 'a', 'é', '\0') })
      .map((pair) => `basic  ${base64(pair)} `),
    text.map((word) => `Basic ${word}`),
  ),
  { nil: undefined, freq: 2 },
);
/** What has no UTF-8 form has no form-encoded one either. */
const encodable = (word: string): string => encodeURIComponent(Buffer.from(word).toString());

function read(body: unknown, header: string | undefined): TokenRequest | undefined {
  try {
    return readTokenRequest(body, header);
  } catch (error) {
    if (!(error instanceof OauthError)) throw error;
    expect(CODES).toContain(error.code);
    // RFC 6749 section 5.2.
    expect(error.description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}$/);
    return undefined;
  }
}

describe('readTokenRequest, of any form and any header Authorization', () => {
  it(
    'gives text that can be asked for, or refuses with a documented error',
    async () => {
      let accepted = 0;
      await expectForAll(fc.tuple(form, authorization), ([body, header]) => {
        const request = read(body, header);
        if (!request) return;
        accepted += 1;
        const { clientId, clientSecret, scopes = [] } = request;
        const target =
          request.grantType === 'refresh_token' ? request.refreshToken : request.organizationId;
        if (request.grantType === 'client_credentials') {
          expect(target.length).toBeLessThanOrEqual(64);
        }
        for (const word of [clientId, target, ...scopes]) expect(word).toMatch(/^\P{Cc}+$/u);
        expect(clientSecret).not.toBe('');
        expect(new Set(scopes).size).toBe(scopes.length);
      });
      expect(accepted).toBeGreaterThan(500);
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'takes every pair of id and secret out of HTTP Basic as it was put in',
    async () => {
      const usable = fc.string({ unit: 'grapheme', minLength: 1 });
      const id = usable.filter((word) => !/\p{Cc}/u.test(word));
      await expectForAll(fc.tuple(id, usable), ([clientId, clientSecret]) => {
        const body = { grant_type: 'refresh_token', refresh_token: 'r' };
        const pair = `${encodable(clientId)}:${encodable(clientSecret)}`;
        const request = readTokenRequest(body, `Basic ${base64(pair)}`);
        expect(request).toMatchObject({ clientId, clientSecret });
      });
    },
    PROPERTY_TIMEOUT_MS,
  );
});
