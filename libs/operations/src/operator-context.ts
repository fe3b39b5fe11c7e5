import type { Operator } from './operator.js';

/** What resolvers know of a request. */
export interface OperatorContext {
  readonly operator: Operator;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}
