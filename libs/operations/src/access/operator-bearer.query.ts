import { hashToken } from '@app/applications';
import type { DataSource } from 'typeorm';
import type { OperatorRole } from './operator-token.js';

export interface OperatorBearer {
  readonly id: string;
  readonly name: string;
  readonly role: OperatorRole;
  readonly revoked: boolean;
  readonly expired: boolean;
}

/** Who presents an operator token, as the database knows it at this moment: nothing of it is cached. */
export class OperatorBearerQuery {
  constructor(private readonly dataSource: DataSource) {}

  /** By the hash, over its unique index. */
  async execute(token: string): Promise<OperatorBearer | undefined> {
    const [bearer] = await this.dataSource.query<OperatorBearer[]>(
      `SELECT id, name, role, revoked_at IS NOT NULL AS revoked,
              coalesce(expires_at <= clock_timestamp(), false) AS expired
       FROM operator_token WHERE token_hash = $1`,
      [hashToken(token)],
    );
    return bearer;
  }
}
