import { OauthError } from '@app/applications';
import { describe, expect, it } from 'vitest';
import { readTokenRequest } from './token-request.js';

const CLIENT = { client_id: 'c', client_secret: 's' };
const GRANT = { grant_type: 'client_credentials', ...CLIENT, organization_id: 'o' };
const REFRESH = { grant_type: 'refresh_token', ...CLIENT, refresh_token: 'r' };

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

function refusal(form: unknown, authorization?: string): string {
  try {
    readTokenRequest(form, authorization);
  } catch (error) {
    if (error instanceof OauthError) return `${error.code}: ${error.description}`;
    throw error;
  }
  throw new Error('it was read');
}

describe('a token request', () => {
  it('is read from a form', () => {
    expect(readTokenRequest(GRANT, undefined)).toEqual({
      grantType: 'client_credentials',
      clientId: 'c',
      clientSecret: 's',
      organizationId: 'o',
      scopes: undefined,
    });
    expect(readTokenRequest(REFRESH, undefined)).toEqual({
      grantType: 'refresh_token',
      clientId: 'c',
      clientSecret: 's',
      refreshToken: 'r',
      scopes: undefined,
    });
  });

  it.each([
    ['scopes', 'a b', ['a', 'b']],
    ['scope', 'a  b a', ['a', 'b']],
    ['scopes', '', undefined],
    ['scopes', ' ', undefined],
  ])('takes %s "%s" for %j', (name, text, scopes) => {
    expect(readTokenRequest({ ...GRANT, [name]: text }, undefined).scopes).toEqual(scopes);
  });

  it('takes the client from HTTP Basic, form-encoded as RFC 6749 has it', () => {
    const { client_id: _, client_secret: __, ...form } = GRANT;
    const read = readTokenRequest(form, basic('an%3Aid:a+secret%2B:1'));
    expect(read).toMatchObject({ clientId: 'an:id', clientSecret: 'a secret+:1' });
    expect(readTokenRequest({ ...form, client_id: 'c' }, basic('c:s'))).toMatchObject({
      clientId: 'c',
    });
  });

  it.each<[string, unknown, string | undefined, string]>([
    [
      'no form',
      undefined,
      undefined,
      'invalid_request: the body must be application/x-www-form-urlencoded',
    ],
    ['no grant', { ...GRANT, grant_type: '' }, undefined, 'invalid_request: grant_type is missing'],
    [
      'a grant twice',
      { ...GRANT, grant_type: ['a', 'b'] },
      undefined,
      'invalid_request: grant_type is given more than once',
    ],
    [
      'another grant',
      { ...GRANT, grant_type: 'password' },
      undefined,
      'unsupported_grant_type: grant_type must be client_credentials or refresh_token',
    ],
    [
      'no client',
      { ...GRANT, client_id: undefined },
      undefined,
      'invalid_request: client_id is missing',
    ],
    [
      'no secret',
      { ...GRANT, client_secret: '' },
      undefined,
      'invalid_request: client_secret is missing',
    ],
    [
      'no organization',
      { ...GRANT, organization_id: undefined },
      undefined,
      'invalid_request: organization_id is missing',
    ],
    [
      'a long organization',
      { ...GRANT, organization_id: 'o'.repeat(65) },
      undefined,
      'invalid_request: organization_id is longer than 64 characters',
    ],
    [
      'a NUL',
      { ...GRANT, organization_id: 'o\0' },
      undefined,
      'invalid_request: organization_id contains control characters',
    ],
    [
      'no refresh token',
      { ...REFRESH, refresh_token: '' },
      undefined,
      'invalid_request: refresh_token is missing',
    ],
    [
      'two scopes',
      { ...GRANT, scope: 'a', scopes: 'b' },
      undefined,
      'invalid_request: scopes and scope are both given, and differ',
    ],
    [
      'two ways',
      GRANT,
      basic('c:s'),
      'invalid_request: the client authenticates in two ways at once',
    ],
    [
      'two clients',
      { grant_type: 'refresh_token', refresh_token: 'r', client_id: 'd' },
      basic('c:s'),
      'invalid_request: client_id is not that of the header Authorization',
    ],
    [
      'a bearer',
      { ...GRANT, client_secret: '' },
      'Bearer x',
      'invalid_client: the header Authorization holds no Basic credentials',
    ],
    [
      'no colon',
      { ...GRANT, client_secret: '' },
      basic('c'),
      'invalid_client: the header Authorization holds no Basic credentials',
    ],
    [
      'bad escapes',
      { ...GRANT, client_secret: '' },
      basic('c:%zz'),
      'invalid_client: the header Authorization holds no Basic credentials',
    ],
  ])('with %s is refused', (_, form, authorization, expected) => {
    expect(refusal(form, authorization)).toBe(expected);
  });

  it('reads only what the form itself has', () => {
    expect(refusal(Object.create({ ...GRANT }))).toBe('invalid_request: grant_type is missing');
  });
});
