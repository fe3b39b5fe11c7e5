import { createHash } from 'node:crypto';
import { isUuid } from '@app/events';
import type { OauthClientsStore } from '../oauth-clients.store.js';
import type { AccessTokenClaims, AccessTokens } from './access-tokens.js';
import type { TokenBearerQuery } from './token-bearer.query.js';
import type { AppPayload, ClientPayload, TokenPayload } from './token-payload.js';
import { TokenRefusedError } from './token.errors.js';

/** Longer than any of ours; what is longer is not even looked at. */
const MAX_TOKEN_LENGTH = 8_192;

/**
 * Turns a bearer token into who bears it. Asks the database every time, so that what an operator
 * suspends, uninstalls or revokes is refused with the next request.
 */
export class TokenAuthenticator {
  constructor(
    private readonly bearers: TokenBearerQuery,
    private readonly accessTokens: AccessTokens,
    private readonly clients: OauthClientsStore,
  ) {}

  /** Throws {@link TokenRefusedError}, TokenKeysUnavailableError, or the database's error. */
  async authenticate(token: string): Promise<TokenPayload> {
    if (token.length > MAX_TOKEN_LENGTH) throw new TokenRefusedError('it is malformed');
    // Integration tokens are base64url and have no dots; JWTs have two.
    return token.includes('.') ? this.client(token) : this.app(token);
  }

  private async app(token: string): Promise<AppPayload> {
    const bearer = await this.bearers.installation(token);
    if (!bearer) throw new TokenRefusedError('it is not known');
    if (!bearer.installed) throw new TokenRefusedError('the integration is uninstalled');
    if (bearer.suspended) throw new TokenRefusedError('the application is suspended');
    const { installed: _, suspended: __, ...known } = bearer;
    return { kind: 'app', ...known, tokenKey: `app:${bearer.integrationId}` };
  }

  private async client(token: string): Promise<ClientPayload> {
    const claims = await this.accessTokens.verify(token);
    return claims.issuer === 'own' ? this.ownClient(claims) : this.platformClient(claims);
  }

  private async ownClient(claims: AccessTokenClaims): Promise<ClientPayload> {
    const bearer = isUuid(claims.tokenId) ? await this.bearers.issued(claims) : undefined;
    if (!bearer) throw new TokenRefusedError('it is not known');
    if (bearer.revoked) throw new TokenRefusedError('it was revoked');
    if (bearer.suspended) throw new TokenRefusedError('the application is suspended');
    if (bearer.withdrawn) throw new TokenRefusedError('the client may not act there any more');
    const { revoked: _, suspended: __, withdrawn: ___, ...known } = bearer;
    return payloadOf(claims, known);
  }

  /** The platform knows its own rules of who gets a token; where a client may act is ours all the same. */
  private async platformClient(claims: AccessTokenClaims): Promise<ClientPayload> {
    const { clientId, organizationId } = claims;
    const application = await this.bearers.application(clientId);
    if (!application) throw new TokenRefusedError('its client is not known');
    if (application.suspended) throw new TokenRefusedError('the application is suspended');
    const { applicationId } = application;
    const integrationId = await this.clients.ensure(applicationId, organizationId);
    if (integrationId === undefined) {
      throw new TokenRefusedError('the client may not act in this organization');
    }
    const { scopes: granted } = application;
    const scopes = claims.scopes?.filter((scope) => granted.includes(scope)) ?? granted;
    return payloadOf(claims, { integrationId, organizationId, applicationId, clientId, scopes });
  }
}

type KnownClient = Omit<ClientPayload, 'kind' | 'tokenKey' | 'tokenId' | 'expiresAt'>;

/** A token id of the platform may be any text: hashed, it cannot be mistaken for another's. */
function payloadOf(claims: AccessTokenClaims, known: KnownClient): ClientPayload {
  const { tokenId, expiresAt, issuer } = claims;
  const id = createHash('sha256').update(`${issuer} ${tokenId}`).digest('base64url');
  return { kind: 'client', ...known, tokenId, expiresAt, tokenKey: `client:${id}` };
}
