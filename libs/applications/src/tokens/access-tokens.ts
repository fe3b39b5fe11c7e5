import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  SignJWT,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';
import type { SigningKey } from './signing-keys.js';
import { TokenKeysUnavailableError, TokenRefusedError } from './token.errors.js';

/** Seconds; `expires_in` of the token endpoint's answer. */
export const ACCESS_TOKEN_SECONDS = 3_600;

/** For tokens of our own. Nothing else is accepted under our keys, `none` least of all. */
const OWN_ALGORITHM = 'HS256';

/** For tokens of the platform, whose public keys are at TOKEN_JWKS_URL. Never with a shared secret. */
const PLATFORM_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** Clocks of replicas and of the platform may differ by this many seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;

const JWKS_TIMEOUT_MS = 3_000;
const REQUIRED_CLAIMS = ['iss', 'aud', 'sub', 'exp'];

/** Whatever the platform signs: PostgreSQL takes no NUL, and nobody reads a name with control characters. */
const SUBJECT = /^client:\/\/(\P{Cc}{1,200})$/u;
const AUDIENCE = /^\P{Cc}{1,64}$/u;

/** What an access token says (specification section 7). */
export interface AccessTokenClaims {
  /** `iss`. */
  readonly tokenId: string;
  /** `aud`. */
  readonly organizationId: string;
  /** `sub`, without `client://`. */
  readonly clientId: string;
  /** `exp`, seconds since the epoch. */
  readonly expiresAt: number;
  /** Whose key signed it: our own, or the platform's. */
  readonly issuer: 'own' | 'platform';
  /** Claim `scope` of a token of the platform, where it has one. Ours are kept in the database. */
  readonly scopes: readonly string[] | undefined;
}

export interface AccessTokensOptions {
  /** The first signs, all verify. At least one. */
  readonly keys: readonly SigningKey[];
  /** Undefined: only tokens of our own. */
  readonly jwksUrl?: string | undefined;
}

/** Issues and verifies access tokens: JWTs, signed with HS256 by a key that the header names. */
export class AccessTokens {
  private readonly platformKeys: ReturnType<typeof createRemoteJWKSet> | undefined;

  constructor(private readonly options: AccessTokensOptions) {
    const { jwksUrl } = options;
    this.platformKeys =
      jwksUrl === undefined
        ? undefined
        : createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
  }

  issue(claims: {
    readonly tokenId: string;
    readonly organizationId: string;
    readonly clientId: string;
  }): Promise<string> {
    const [signing] = this.options.keys;
    if (!signing) throw new Error('there is no key to sign access tokens with');
    return new SignJWT()
      .setProtectedHeader({ alg: OWN_ALGORITHM, typ: 'JWT', kid: signing.keyId })
      .setIssuer(claims.tokenId)
      .setAudience(claims.organizationId)
      .setSubject(`client://${claims.clientId}`)
      .setExpirationTime(`${ACCESS_TOKEN_SECONDS}s`)
      .sign(signing.key);
  }

  /**
   * The key is chosen by the header, the algorithm by the key: a token cannot talk a public key into
   * being a shared secret. Throws {@link TokenRefusedError}, {@link TokenKeysUnavailableError}.
   */
  async verify(token: string): Promise<AccessTokenClaims> {
    const isPlatforms = this.platformKeys && PLATFORM_ALGORITHMS.includes(algorithmOf(token));
    return isPlatforms
      ? claimsOf(await this.verifyPlatforms(token), 'platform')
      : claimsOf(await this.verifyOwn(token), 'own');
  }

  private async verifyOwn(token: string): Promise<JWTPayload> {
    const keyOf = ({ kid }: JWTHeaderParameters) => {
      const found = this.options.keys.find(({ keyId }) => keyId === kid);
      if (!found) throw new TokenRefusedError('it is signed with an unknown key');
      return found.key;
    };
    try {
      const { payload } = await jwtVerify(token, keyOf, optionsFor([OWN_ALGORITHM]));
      return payload;
    } catch (error) {
      throw refusalOf(error);
    }
  }

  private async verifyPlatforms(token: string): Promise<JWTPayload> {
    const { platformKeys, options } = this;
    if (!platformKeys) throw new TokenRefusedError('it is signed with an unknown key');
    try {
      const { payload } = await jwtVerify(token, platformKeys, optionsFor(PLATFORM_ALGORITHMS));
      return payload;
    } catch (error) {
      if (isOfTheToken(error)) throw refusalOf(error);
      throw new TokenKeysUnavailableError(options.jwksUrl ?? '', error);
    }
  }
}

const optionsFor = (algorithms: string[]) => ({
  algorithms,
  requiredClaims: REQUIRED_CLAIMS,
  clockTolerance: CLOCK_TOLERANCE_SECONDS,
});

function algorithmOf(token: string): string {
  try {
    return String(decodeProtectedHeader(token).alg);
  } catch {
    throw new TokenRefusedError('it is malformed');
  }
}

/** Everything of jose but the errors of fetching keys is about the token. */
function isOfTheToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  if (!(error instanceof errors.JOSEError)) return false;
  return error.code !== 'ERR_JOSE_GENERIC';
}

function refusalOf(error: unknown): unknown {
  if (error instanceof TokenRefusedError) return error;
  if (error instanceof errors.JWTExpired) return new TokenRefusedError('it has expired');
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new TokenRefusedError('its signature is wrong');
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return new TokenRefusedError('it is not signed with an accepted algorithm');
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return new TokenRefusedError('it is signed with an unknown key');
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new TokenRefusedError(`its claim ${error.claim} does not hold`);
  }
  return error instanceof errors.JOSEError ? new TokenRefusedError('it is malformed') : error;
}

function claimsOf(payload: JWTPayload, issuer: 'own' | 'platform'): AccessTokenClaims {
  const { iss, aud, sub, exp } = payload;
  const clientId = typeof sub === 'string' ? SUBJECT.exec(sub)?.[1] : undefined;
  const organizationId = typeof aud === 'string' && AUDIENCE.test(aud) ? aud : undefined;
  if (typeof iss !== 'string' || organizationId === undefined || clientId === undefined || !exp) {
    throw new TokenRefusedError('its claims have an unknown form');
  }
  const { scope } = payload;
  const scopes = typeof scope === 'string' ? scope.split(/[\s,]+/).filter(Boolean) : undefined;
  return { tokenId: iss, organizationId, clientId, expiresAt: exp, issuer, scopes };
}
