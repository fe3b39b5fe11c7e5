export {
  OperatorNameTakenError,
  OperatorTokenNotFoundError,
} from './access/operator-access.errors.js';
export { OperatorAuthenticator } from './access/operator-authenticator.js';
export type { AuthenticatedOperator } from './access/operator-authenticator.js';
export { OperatorBearerQuery } from './access/operator-bearer.query.js';
export { OPERATOR_ROLES } from './access/operator-token.js';
export type { OperatorRole } from './access/operator-token.js';
export { OperatorTokensStore } from './access/operator-tokens.store.js';
export type {
  CreatedOperatorToken,
  NewOperatorToken,
  OperatorTokenOverview,
} from './access/operator-tokens.store.js';
export type { Operator } from './operator.js';
