import type { DataSource } from 'typeorm';
import type { AccessTokenClaims } from './access-tokens.js';
import { hashToken } from './token-secret.js';

export interface InstalledBearer {
  readonly integrationId: string;
  readonly organizationId: string;
  readonly applicationId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly installed: boolean;
  readonly suspended: boolean;
}

export interface ClientBearer {
  readonly integrationId: string;
  readonly organizationId: string;
  readonly applicationId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
  readonly withdrawn: boolean;
  readonly suspended: boolean;
}

export interface ClientApplication {
  readonly applicationId: string;
  readonly scopes: readonly string[];
  readonly suspended: boolean;
}

/** Who presents a token, as the database knows it at this moment: nothing of this is ever cached. */
export class TokenBearerQuery {
  constructor(private readonly dataSource: DataSource) {}

  /** By the hash of an integration token, over its unique index. */
  async installation(token: string): Promise<InstalledBearer | undefined> {
    const [bearer] = await this.dataSource.query<InstalledBearer[]>(
      `SELECT i.id AS "integrationId", i.organization_id AS "organizationId", a.id AS "applicationId",
              a.client_id AS "clientId", i.scopes, i.status = 'ACTIVE' AS installed,
              a.status <> 'ACTIVE' AS suspended
       FROM gb_integration i JOIN application a ON a.id = i.app_id WHERE i.token_hash = $1`,
      [hashToken(token)],
    );
    return bearer;
  }

  /** By the id of an access token that we issued, where all its claims are those of the row. */
  async issued(claims: AccessTokenClaims): Promise<ClientBearer | undefined> {
    const [bearer] = await this.dataSource.query<ClientBearer[]>(
      `SELECT c.id AS "integrationId", c.organization_id AS "organizationId", a.id AS "applicationId",
              a.client_id AS "clientId", t.scopes, t.revoked_at IS NOT NULL AS revoked,
              c.withdrawn_at IS NOT NULL AS withdrawn, a.status <> 'ACTIVE' AS suspended
       FROM oauth_token t JOIN oauth_client c ON c.id = t.oauth_client_id
       JOIN application a ON a.id = c.app_id
       WHERE t.id = $1::uuid AND c.organization_id = $2 AND a.client_id = $3`,
      [claims.tokenId, claims.organizationId, claims.clientId],
    );
    return bearer;
  }

  async application(clientId: string): Promise<ClientApplication | undefined> {
    const [application] = await this.dataSource.query<ClientApplication[]>(
      `SELECT id AS "applicationId", scopes, status <> 'ACTIVE' AS suspended
       FROM application WHERE client_id = $1`,
      [clientId],
    );
    return application;
  }
}
