import { OauthError } from '@app/applications';

/** A request to the token endpoint, taken apart. */
export type TokenRequest = {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Undefined: all that there are. */
  readonly scopes: readonly string[] | undefined;
} & (
  | { readonly grantType: 'client_credentials'; readonly organizationId: string }
  | { readonly grantType: 'refresh_token'; readonly refreshToken: string }
);

type Form = Readonly<Record<string, unknown>>;

const MAX_ORGANIZATION_ID_LENGTH = 64;
const CONTROL = /\p{Cc}/u;

/**
 * Reads a form-encoded token request. The client names itself in the form or by HTTP Basic (RFC 6749
 * section 2.3.1). Throws OauthError.
 */
export function readTokenRequest(body: unknown, authorization: string | undefined): TokenRequest {
  const form = formOf(body);
  const grantType = required(form, 'grant_type');
  const client = { ...credentials(form, authorization), scopes: scopesOf(form) };
  switch (grantType) {
    case 'client_credentials':
      return { grantType, ...client, organizationId: organizationOf(form) };
    case 'refresh_token':
      return { grantType, ...client, refreshToken: required(form, 'refresh_token') };
    default:
      throw new OauthError(
        'unsupported_grant_type',
        'grant_type must be client_credentials or refresh_token',
      );
  }
}

function formOf(body: unknown): Form {
  if (typeof body === 'object' && body !== null) return body as Form;
  throw new OauthError('invalid_request', 'the body must be application/x-www-form-urlencoded');
}

function credentials(
  form: Form,
  authorization: string | undefined,
): { readonly clientId: string; readonly clientSecret: string } {
  const basic = authorization === undefined ? undefined : basicCredentials(authorization);
  if (!basic) {
    const clientId = required(form, 'client_id');
    return { clientId, clientSecret: required(form, 'client_secret') };
  }
  if (optional(form, 'client_secret') !== undefined) {
    throw new OauthError('invalid_request', 'the client authenticates in two ways at once');
  }
  const { clientId } = basic;
  if ((optional(form, 'client_id') ?? clientId) !== clientId) {
    throw new OauthError('invalid_request', 'client_id is not that of the header Authorization');
  }
  return basic;
}

/** Both parts are form-encoded before they are joined. */
function basicCredentials(authorization: string) {
  const encoded = /^Basic +([\w+/-]+=*) *$/i.exec(authorization)?.[1];
  const pair = Buffer.from(encoded ?? '', 'base64').toString('utf8');
  const [, id = '', secret = ''] = /^([^:]+):(.+)$/s.exec(pair) ?? [];
  try {
    const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
    const [clientId, clientSecret] = [decode(id), decode(secret)];
    if (clientId !== '' && !CONTROL.test(clientId)) return { clientId, clientSecret };
  } catch {
    // Not form-encoded: refused below like everything else that is none.
  }
  throw new OauthError('invalid_client', 'the header Authorization holds no Basic credentials');
}

/** `scopes` is the documented name, `scope` that of RFC 6749. */
function scopesOf(form: Form): readonly string[] | undefined {
  const [documented, standard] = [optional(form, 'scopes'), optional(form, 'scope')];
  if (documented !== undefined && standard !== undefined && documented !== standard) {
    throw new OauthError('invalid_request', 'scopes and scope are both given, and differ');
  }
  const text = documented ?? standard;
  const scopes = new Set((text ?? '').split(/ +/).filter(Boolean));
  return scopes.size === 0 ? undefined : [...scopes];
}

function organizationOf(form: Form): string {
  const organizationId = required(form, 'organization_id');
  if (organizationId.length <= MAX_ORGANIZATION_ID_LENGTH) return organizationId;
  throw new OauthError(
    'invalid_request',
    `organization_id is longer than ${MAX_ORGANIZATION_ID_LENGTH} characters`,
  );
}

function required(form: Form, name: string): string {
  const value = optional(form, name);
  if (value === undefined) throw new OauthError('invalid_request', `${name} is missing`);
  return value;
}

/** An empty parameter counts as left out, and none may come twice (RFC 6749 section 3.2). */
function optional(form: Form, name: string): string | undefined {
  const value = Object.hasOwn(form, name) ? form[name] : undefined;
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') {
    throw new OauthError('invalid_request', `${name} is given more than once`);
  }
  if (CONTROL.test(value)) {
    throw new OauthError('invalid_request', `${name} contains control characters`);
  }
  return value;
}
