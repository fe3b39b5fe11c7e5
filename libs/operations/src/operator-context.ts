import type { Operator } from './operator.js';

/** What resolvers know of a request. */
export interface OperatorContext {
  readonly operator: Operator;
}
