import { randomUUID } from 'node:crypto';
import { hashToken } from '@app/applications';
import type { DataSource } from 'typeorm';
import { OperatorNameTakenError, OperatorTokenNotFoundError } from './operator-access.errors.js';
import { newOperatorToken, type OperatorRole } from './operator-token.js';

export interface NewOperatorToken {
  readonly name: string;
  readonly role: OperatorRole;
  /** Milliseconds; undefined: until it is revoked. */
  readonly expiresInMs?: number | undefined;
}

/** A token as it can be shown. */
export interface OperatorTokenOverview {
  readonly id: string;
  readonly name: string;
  readonly role: OperatorRole;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly status: 'ACTIVE' | 'EXPIRED' | 'REVOKED';
}

/** With the token itself, which is never returned again. */
export interface CreatedOperatorToken extends OperatorTokenOverview {
  readonly token: string;
}

const OVERVIEW = `id, name, role, created_at AS "createdAt", expires_at AS "expiresAt",
  revoked_at AS "revokedAt", CASE WHEN revoked_at IS NOT NULL THEN 'REVOKED'
    WHEN expires_at <= clock_timestamp() THEN 'EXPIRED' ELSE 'ACTIVE' END AS status`;

/** Gives out operator tokens, lists and revokes them. */
export class OperatorTokensStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Throws {@link OperatorNameTakenError}, also where the token of that name has expired. */
  async create({ name, role, expiresInMs }: NewOperatorToken): Promise<CreatedOperatorToken> {
    const token = newOperatorToken();
    const [created] = await this.dataSource.query<OperatorTokenOverview[]>(
      `INSERT INTO operator_token (id, name, role, token_hash, expires_at)
       VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 millisecond')
       ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING RETURNING ${OVERVIEW}`,
      [randomUUID(), name, role, hashToken(token), expiresInMs ?? null],
    );
    if (!created) throw new OperatorNameTakenError(name);
    return { ...created, token };
  }

  /** All that there ever were, the newest first. */
  list(): Promise<OperatorTokenOverview[]> {
    return this.dataSource.query<OperatorTokenOverview[]>(
      `SELECT ${OVERVIEW} FROM operator_token ORDER BY created_at DESC, id`,
    );
  }

  /**
   * Ends a token from the next request on. Throws {@link OperatorTokenNotFoundError}, also for one that
   * was revoked before.
   */
  async revoke(which: { readonly id: string } | { readonly name: string }) {
    const [key, value] = 'id' in which ? ['id', which.id] : ['name', which.name];
    const [[revoked]] = await this.dataSource.query<[OperatorTokenOverview[], number]>(
      `UPDATE operator_token SET revoked_at = clock_timestamp()
       WHERE ${key} = $1 AND revoked_at IS NULL RETURNING ${OVERVIEW}`,
      [value],
    );
    if (!revoked) throw new OperatorTokenNotFoundError(value);
    return revoked;
  }
}
