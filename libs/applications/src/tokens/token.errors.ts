/** A presented bearer token does not count. The reason may be told to whoever presented it. */
export class TokenRefusedError extends Error {
  readonly code = 'invalid_token';

  constructor(readonly reason: string) {
    super(`the token is refused: ${reason}`);
    this.name = 'TokenRefusedError';
  }
}

/** A token cannot be judged now, because the platform's keys cannot be had. The fault is not the caller's. */
export class TokenKeysUnavailableError extends Error {
  readonly code = 'token_keys_unavailable';

  constructor(url: string, cause: unknown) {
    super(`the keys at ${url} (TOKEN_JWKS_URL) cannot be fetched`, { cause });
    this.name = 'TokenKeysUnavailableError';
  }
}

/** The error codes of RFC 6749 section 5.2. */
export type OauthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope';

/** A request to the token endpoint is refused, for a reason that its sender is told. */
export class OauthError extends Error {
  constructor(
    readonly code: OauthErrorCode,
    readonly description: string,
  ) {
    super(`${code}: ${description}`);
    this.name = 'OauthError';
  }
}
