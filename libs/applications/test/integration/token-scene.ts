import {
  AccessTokens,
  ApplicationsStore,
  ClientAuthenticator,
  ClientCredentialsQuery,
  OauthClientsStore,
  OauthTokensStore,
  OwnerStatusStore,
  SecretCipher,
  signingKeysOf,
  TokenAuthenticator,
  TokenBearerQuery,
  TokenGrants,
} from '@app/applications';
import { createTestDatabase, TEST_SECRETS_KEY, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';

/** Everything that has to do with tokens, on a database of its own. */
export class TokenScene {
  readonly cipher = new SecretCipher(TEST_SECRETS_KEY);
  readonly applications: ApplicationsStore;
  readonly clients: OauthClientsStore;
  readonly tokens: OauthTokensStore;
  readonly owners: OwnerStatusStore;
  readonly accessTokens: AccessTokens;
  readonly grants: TokenGrants;
  readonly authenticator: TokenAuthenticator;

  private constructor(
    readonly database: TestDatabase,
    readonly dataSource: DataSource,
    jwksUrl: string | undefined,
  ) {
    this.applications = new ApplicationsStore(dataSource, this.cipher);
    this.clients = new OauthClientsStore(dataSource);
    this.tokens = new OauthTokensStore(dataSource);
    this.owners = new OwnerStatusStore(dataSource);
    const keys = signingKeysOf({ configured: [], secretsKey: TEST_SECRETS_KEY });
    this.accessTokens = new AccessTokens({ keys, jwksUrl });
    this.grants = new TokenGrants({
      authenticator: new ClientAuthenticator(new ClientCredentialsQuery(dataSource), this.cipher),
      clients: this.clients,
      tokens: this.tokens,
      accessTokens: this.accessTokens,
    });
    this.authenticator = new TokenAuthenticator(
      new TokenBearerQuery(dataSource),
      this.accessTokens,
      this.clients,
    );
  }

  static async create(jwksUrl?: string): Promise<TokenScene> {
    const database = await createTestDatabase();
    return new TokenScene(database, await database.dataSource(), jwksUrl);
  }

  drop(): Promise<void> {
    return this.database.drop();
  }
}
