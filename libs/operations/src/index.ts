export type { EndPointFault } from './actions/replay-input.js';
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
export { OperatorError } from './operator.errors.js';
export type { OperatorContext } from './operator-context.js';
export { OPERATOR_FIELD_COSTS, OPERATOR_LISTS } from './operator-lists.js';
export { operatorParts } from './operator-parts.js';
export type { OperatorParts, OperatorPartsOptions } from './operator-parts.js';
export { MOST_A_PAGE } from './pages/page.js';
export { operatorSchema } from './schema/operator-schema.js';
export { OPERATOR_SDL } from './schema/type-definitions.js';
