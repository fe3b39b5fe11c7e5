import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/** Tokens of a document: a lexer stops there, so nothing after it is even parsed. */
export const MAX_TOKENS = 2_000;

export interface QueryLimits {
  /** Fields within fields; the deepest useful query has 4. */
  readonly depth: number;
  readonly aliases: number;
  /** Fields that an answer may have, lists counted as long as they can be. */
  readonly complexity: number;
}

export const QUERY_LIMITS: QueryLimits = { depth: 8, aliases: 20, complexity: 1_000 };

/** How many entries a list can have: a webhook for each type and one for all of them. */
const LIST_LENGTH: Readonly<Record<string, number>> = { webhooks: 58, webhookTypes: 57 };

/** Of a mutation: it is a transaction, where a field is a property. */
const MUTATION_COST = 50;

interface Cost {
  readonly depth: number;
  readonly aliases: number;
  readonly complexity: number;
}

const NOTHING: Cost = { depth: 0, aliases: 0, complexity: 0 };

/**
 * A validation rule: refuses operations that ask for too much before any of it is executed.
 * Introspection is left out; it has a rule of its own in graphql-js (MaxIntrospectionDepth).
 *
 * Every fragment is counted once and remembered, so that fragments which spread each other twice,
 * thirty levels deep, cost thirty steps and not a thousand million.
 */
export function queryLimits(limits: QueryLimits = QUERY_LIMITS) {
  return (context: ValidationContext): ASTVisitor => {
    const fragments = new Map<string, Cost>();
    return {
      OperationDefinition(operation) {
        // Executed, it would be answered as a fault of the service.
        if (!context.getSchema().getRootType(operation.operation)) {
          const message = `There are no operations of the type ${operation.operation}`;
          context.reportError(new GraphQLError(message, { nodes: operation }));
        }
        const cost = costOf(operation.selectionSet, context, fragments);
        for (const name of ['depth', 'aliases', 'complexity'] as const) {
          if (cost[name] <= limits[name]) continue;
          context.reportError(
            new GraphQLError(
              `The operation exceeds the limit of ${name}: ${limits[name]} at most, ` +
                `this one has ${cost[name]}`,
              { nodes: operation },
            ),
          );
        }
      },
    };
  };
}

function costOf(
  { selections }: SelectionSetNode,
  context: ValidationContext,
  fragments: Map<string, Cost>,
): Cost {
  let total = NOTHING;
  for (const selection of selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      total = sum(total, costOfFragment(selection.name.value, context, fragments));
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      total = sum(total, costOf(selection.selectionSet, context, fragments));
    } else if (!selection.name.value.startsWith('__')) {
      const { alias, name, selectionSet } = selection;
      const below = selectionSet ? costOf(selectionSet, context, fragments) : NOTHING;
      const length = LIST_LENGTH[name.value] ?? 1;
      total = sum(total, {
        depth: below.depth + 1,
        aliases: below.aliases + (alias ? 1 : 0),
        complexity: costOfField(name.value, context) + length * below.complexity,
      });
    }
  }
  return total;
}

/** By its name alone, wherever it stands: no other type has fields of these names. */
function costOfField(name: string, context: ValidationContext): number {
  const mutations = context.getSchema().getMutationType()?.getFields() ?? {};
  return Object.hasOwn(mutations, name) ? MUTATION_COST : 1;
}

/** Nothing for a fragment that is being counted: a circle, which another rule refuses. */
function costOfFragment(
  name: string,
  context: ValidationContext,
  fragments: Map<string, Cost>,
): Cost {
  const known = fragments.get(name);
  if (known) return known;
  fragments.set(name, NOTHING);
  const fragment = context.getFragment(name);
  const cost = fragment ? costOf(fragment.selectionSet, context, fragments) : NOTHING;
  fragments.set(name, cost);
  return cost;
}

const sum = (a: Cost, b: Cost): Cost => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  complexity: a.complexity + b.complexity,
});
