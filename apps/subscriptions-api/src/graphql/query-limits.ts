import type { ApolloServerPlugin, BaseContext, GraphQLRequestContext } from '@apollo/server';
import { GraphQLError } from 'graphql';
import {
  costOf,
  type CostRules,
  type OperationCost,
  type OperationToCount,
} from './operation-cost.js';

/** Tokens of a document: a lexer stops there, so nothing after it is even parsed. */
export const MAX_TOKENS = 2_000;

/** The deepest useful query has a depth of 4. */
export const QUERY_LIMITS: OperationCost = { depth: 8, aliases: 20, complexity: 1_000 };

/**
 * Refuses operations that ask for too much, before any of it is executed. Not a validation rule: how
 * many entities a supergraph asks for stands in the variables.
 */
export function queryLimits(limits = QUERY_LIMITS, rules?: CostRules): ApolloServerPlugin {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async (context) => {
        const counted = countedOf(context);
        if (counted) assertWithin(limits, counted, costOf(counted, rules));
      },
    }),
  };
}

type ResolvedContext = Pick<
  GraphQLRequestContext<BaseContext>,
  'schema' | 'document' | 'operation' | 'request'
>;

/** Undefined where a document has no such operation, which is refused right after. */
function countedOf(context: ResolvedContext): OperationToCount | undefined {
  const { schema, document, operation, request } = context;
  if (!document || !operation) return undefined;
  return { schema, document, operation, variables: request.variables ?? {} };
}

function assertWithin(
  limits: OperationCost,
  { schema, operation: { operation } }: OperationToCount,
  cost: OperationCost,
): void {
  // Executed, it would be answered as a fault of the service.
  if (!schema.getRootType(operation)) {
    throw refusal(`There are no operations of the type ${operation}`);
  }
  for (const name of ['depth', 'aliases', 'complexity'] as const) {
    if (cost[name] <= limits[name]) continue;
    throw refusal(
      `The operation exceeds the limit of ${name}: ${limits[name]} at most, ` +
        `this one has ${cost[name]}`,
    );
  }
}

const refusal = (message: string): GraphQLError =>
  new GraphQLError(message, {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
  });
