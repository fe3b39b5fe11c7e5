import type { OauthClientsStore } from '../oauth-clients.store.js';
import { ACCESS_TOKEN_SECONDS, type AccessTokens } from './access-tokens.js';
import type { ClientAuthenticator } from './client-authenticator.js';
import type { ClientCredentials } from './client-credentials.query.js';
import type { IssuedTokens, OauthTokensStore } from './oauth-tokens.store.js';
import { OauthError } from './token.errors.js';

export interface ClientCredentialsGrant {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly organizationId: string;
  /** All of the application's where it is left out. */
  readonly scopes: readonly string[] | undefined;
}

export interface RefreshTokenGrant {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** Some of what was granted first; all of it where it is left out. */
  readonly scopes: readonly string[] | undefined;
}

export interface GrantedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly scopes: readonly string[];
}

export interface TokenGrantsParts {
  readonly authenticator: ClientAuthenticator;
  readonly clients: OauthClientsStore;
  readonly tokens: OauthTokensStore;
  readonly accessTokens: AccessTokens;
}

/** Called once it is known who asks, before anything is issued; what it throws ends the grant. */
export type ClientAdmission = (client: Pick<ClientCredentials, 'applicationId'>) => Promise<void>;

/**
 * The two grants of the token endpoint (specification section 7; RFC 6749 sections 4.4 and 6). Both
 * throw {@link OauthError} for what the caller can mend, and anything else for what it cannot.
 */
export class TokenGrants {
  constructor(private readonly parts: TokenGrantsParts) {}

  async clientCredentials(
    grant: ClientCredentialsGrant,
    admit?: ClientAdmission,
  ): Promise<GrantedTokens> {
    const { clients, tokens } = this.parts;
    const client = await this.activeClient(grant, admit);
    const scopes = grant.scopes ?? client.scopes;
    assertWithin(scopes, client.scopes);
    const oauthClientId = await clients.ensure(client.applicationId, grant.organizationId);
    if (oauthClientId === undefined) {
      throw new OauthError(
        'unauthorized_client',
        'the application is neither installed nor allowed in this organization',
      );
    }
    const issued = await tokens.issue({ oauthClientId, scopes, grantedScopes: scopes });
    return this.granted(issued, client.clientId, grant.organizationId, scopes);
  }

  async refreshToken(grant: RefreshTokenGrant, admit?: ClientAdmission): Promise<GrantedTokens> {
    const { tokens } = this.parts;
    const { applicationId, clientId } = await this.activeClient(grant, admit);
    const issued = await tokens.refresh(grant.refreshToken, applicationId, (token) => {
      const { oauthClientId, grantedScopes } = token;
      const scopes = grant.scopes ?? grantedScopes;
      assertWithin(scopes, grantedScopes);
      return { oauthClientId, scopes, grantedScopes };
    });
    if (!issued) {
      throw new OauthError('invalid_grant', 'the refresh token is not valid, or was used before');
    }
    return this.granted(issued, clientId, issued.organizationId, issued.grant.scopes);
  }

  private async activeClient(
    pair: { readonly clientId: string; readonly clientSecret: string },
    admit?: ClientAdmission,
  ): Promise<ClientCredentials> {
    const client = await this.parts.authenticator.authenticate(pair.clientId, pair.clientSecret);
    await admit?.(client);
    if (client.suspended) {
      throw new OauthError('unauthorized_client', 'the application is suspended');
    }
    return client;
  }

  private async granted(
    { tokenId, refreshToken }: IssuedTokens,
    clientId: string,
    organizationId: string,
    scopes: readonly string[],
  ): Promise<GrantedTokens> {
    const accessToken = await this.parts.accessTokens.issue({ tokenId, organizationId, clientId });
    return { accessToken, refreshToken, expiresIn: ACCESS_TOKEN_SECONDS, scopes };
  }
}

function assertWithin(scopes: readonly string[], allowed: readonly string[]): void {
  const excess = scopes.filter((scope) => !allowed.includes(scope));
  if (excess.length === 0) return;
  throw new OauthError('invalid_scope', `not granted to this client: ${excess.join(' ')}`);
}
