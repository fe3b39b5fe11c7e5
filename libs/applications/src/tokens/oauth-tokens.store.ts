import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { hashToken, newToken } from './token-secret.js';

/** Seconds a refresh token may be used. */
export const REFRESH_TOKEN_SECONDS = 86_400;

/** So few a statement that none exceeds its time limit, however many have piled up. */
const EXPIRED_BATCH = 5_000;

/** What was issued, to be shown once. */
export interface IssuedTokens {
  /** Claim `iss` of the access token. */
  readonly tokenId: string;
  readonly refreshToken: string;
}

export interface TokenGrant {
  readonly oauthClientId: string;
  /** Of the access token. */
  readonly scopes: readonly string[];
  /** What a refresh may ask for. */
  readonly grantedScopes: readonly string[];
}

/** A refresh token that counts. */
export interface RefreshableToken {
  readonly oauthClientId: string;
  readonly organizationId: string;
  readonly grantedScopes: readonly string[];
}

interface TokenRow {
  readonly id: string;
  readonly family_id: string;
  readonly oauth_client_id: string;
  readonly organization_id: string;
  readonly granted_scopes: string[];
  readonly used: boolean;
  readonly dead: boolean;
}

/**
 * Tokens of OAuth clients. A refresh token works once; who presents a used one holds a copy, and nobody
 * knows who is the thief: every token that came from the same grant is revoked (RFC 9700 section 4.14.2).
 */
export class OauthTokensStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Waits for a revocation of the client's tokens that is under way, and is not hidden from the next one. */
  issue(grant: TokenGrant): Promise<IssuedTokens> {
    return insert(this.dataSource.manager, grant, randomUUID());
  }

  /**
   * Exchanges a refresh token. `decide` says what the next tokens are for, or throws: then the token
   * stays unused. Undefined where the token is not known, was used, has expired, was revoked, or is
   * another application's.
   */
  async refresh(
    refreshToken: string,
    applicationId: string,
    decide: (token: RefreshableToken) => TokenGrant,
  ): Promise<(IssuedTokens & RefreshableToken & { grant: TokenGrant }) | undefined> {
    return this.dataSource.transaction(async (transaction) => {
      const row = await lock(transaction, refreshToken, applicationId);
      if (!row) return undefined;
      if (row.used) await revokeFamily(transaction, row.family_id);
      if (row.used || row.dead) return undefined;
      const token: RefreshableToken = {
        oauthClientId: row.oauth_client_id,
        organizationId: row.organization_id,
        grantedScopes: row.granted_scopes,
      };
      const grant = decide(token);
      await transaction.query(
        'UPDATE oauth_token SET refreshed_at = clock_timestamp() WHERE id = $1',
        [row.id],
      );
      return { ...token, ...(await insert(transaction, grant, row.family_id)), grant };
    });
  }

  /** Revokes every token of an application, in one organization or in all. Returns how many counted. */
  revoke(applicationId: string, organizationId: string | undefined): Promise<number> {
    return this.dataSource.transaction(async (transaction) => {
      const clients = await transaction.query<{ id: string }[]>(
        `SELECT id FROM oauth_client WHERE app_id = $1 AND ($2::text IS NULL OR organization_id = $2)
         ORDER BY id FOR NO KEY UPDATE`,
        [applicationId, organizationId ?? null],
      );
      const [, revoked] = await transaction.query<[unknown[], number]>(
        `UPDATE oauth_token SET revoked_at = clock_timestamp()
         WHERE oauth_client_id = ANY ($1) AND revoked_at IS NULL
           AND refresh_expires_at > clock_timestamp()`,
        [clients.map(({ id }) => id)],
      );
      return revoked;
    });
  }

  /**
   * Deletes tokens that cannot be used for anything any more, not even to notice a reuse; returns how
   * many. Several may do so at once: each takes others.
   */
  async deleteExpired(): Promise<number> {
    let all = 0;
    for (let deleted = EXPIRED_BATCH; deleted === EXPIRED_BATCH; all += deleted) {
      [, deleted] = await this.dataSource.query<[unknown[], number]>(
        `DELETE FROM oauth_token WHERE id = ANY (ARRAY(
           SELECT id FROM oauth_token WHERE refresh_expires_at < clock_timestamp() - interval '1 day'
           ORDER BY refresh_expires_at LIMIT ${EXPIRED_BATCH} FOR UPDATE SKIP LOCKED))`,
      );
    }
    return all;
  }
}

/**
 * Shares the lock of the client's row, which whoever revokes takes for itself: one of the two waits for
 * the other, so that no token is missed. The foreign key alone would not do: its lock goes with theirs.
 */
async function insert(
  connection: EntityManager,
  { oauthClientId, scopes, grantedScopes }: TokenGrant,
  familyId: string,
): Promise<IssuedTokens> {
  const tokenId = randomUUID();
  const refreshToken = newToken();
  await connection.query(
    `INSERT INTO oauth_token
       (id, family_id, oauth_client_id, scopes, granted_scopes, refresh_token_hash, refresh_expires_at)
     VALUES ($1, $2, (SELECT id FROM oauth_client WHERE id = $3 FOR SHARE), $4, $5, $6, clock_timestamp() + $7 * interval '1 second')`,
    [
      tokenId,
      familyId,
      oauthClientId,
      scopes,
      grantedScopes,
      hashToken(refreshToken),
      REFRESH_TOKEN_SECONDS,
    ],
  );
  return { tokenId, refreshToken };
}

/**
 * Tokens of one client are exchanged one after the other, under the lock of its row: of two that present
 * the same token the second one finds it used, and whoever revokes misses none that is being issued. The
 * token is read by a statement of its own, which sees what the lock's holder before has done.
 */
async function lock(
  transaction: EntityManager,
  refreshToken: string,
  applicationId: string,
): Promise<TokenRow | undefined> {
  const hash = hashToken(refreshToken);
  await transaction.query(
    `SELECT FROM oauth_client
     WHERE id = (SELECT oauth_client_id FROM oauth_token WHERE refresh_token_hash = $1)
     FOR NO KEY UPDATE`,
    [hash],
  );
  const [row] = await transaction.query<TokenRow[]>(
    `SELECT t.id, t.family_id, t.oauth_client_id, c.organization_id, t.granted_scopes,
            t.refreshed_at IS NOT NULL AS used,
            t.revoked_at IS NOT NULL OR t.refresh_expires_at <= clock_timestamp()
              OR c.withdrawn_at IS NOT NULL AS dead
     FROM oauth_token t JOIN oauth_client c ON c.id = t.oauth_client_id
     WHERE t.refresh_token_hash = $1 AND c.app_id = $2`,
    [hash, applicationId],
  );
  return row;
}

async function revokeFamily(transaction: EntityManager, familyId: string): Promise<void> {
  await transaction.query(
    `UPDATE oauth_token SET revoked_at = clock_timestamp() WHERE family_id = $1 AND revoked_at IS NULL`,
    [familyId],
  );
}
