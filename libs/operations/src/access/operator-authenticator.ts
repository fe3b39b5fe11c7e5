import { TokenRefusedError } from '@app/applications';
import type { Operator } from '../operator.js';
import type { OperatorBearerQuery } from './operator-bearer.query.js';
import { isOperatorToken } from './operator-token.js';

/** An operator who presented a token. */
export interface AuthenticatedOperator extends Operator {
  /** What limits are counted by. */
  readonly tokenKey: string;
}

/** Turns an operator token into who bears it. Asks the database every time. */
export class OperatorAuthenticator {
  constructor(private readonly bearers: OperatorBearerQuery) {}

  /** Throws TokenRefusedError, or the database's error. */
  async authenticate(token: string): Promise<AuthenticatedOperator> {
    if (!isOperatorToken(token)) throw new TokenRefusedError('it is no operator token');
    const bearer = await this.bearers.execute(token);
    if (!bearer) throw new TokenRefusedError('it is not known');
    if (bearer.revoked) throw new TokenRefusedError('it was revoked');
    if (bearer.expired) throw new TokenRefusedError('it has expired');
    return { name: bearer.name, role: bearer.role, tokenKey: `operator:${bearer.id}` };
  }
}
