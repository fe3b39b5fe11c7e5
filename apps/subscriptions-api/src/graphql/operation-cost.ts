import {
  getVariableValues,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { DEFAULT_PAGE_LENGTH } from '../webhooks/page-arguments.js';

/** What an operation asks for. */
export interface OperationCost {
  /** Fields within fields. */
  readonly depth: number;
  readonly aliases: number;
  /** Fields that the answer may have, lists counted as long as they can be. */
  readonly complexity: number;
}

export interface OperationToCount {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What the fields of a schema count for, by their names. */
export interface CostRules {
  /** How many entries a list can have, where its argument `first` does not say. */
  readonly lists: Readonly<Record<string, number>>;
  /** Of fields that cost more than one. */
  readonly fields: Readonly<Record<string, number>>;
  /** Fields that are connections whose `edges` alone are as many as `first` says. */
  readonly connections?: ReadonlySet<string>;
}

/** A webhook for each type and one for all of them. */
const SUBGRAPH_RULES: CostRules = {
  lists: { webhooks: 58, webhookTypes: 57 },
  fields: {},
  connections: new Set(['attempts']),
};

/** Of a mutation: it is a transaction, where a field is a property. */
const MUTATION_COST = 50;

/** Of a connection: it is a query of the database of its own, for each object that it is asked of. */
const CONNECTION_COST = 10;

/** Of a connection: as many as its `first`. */
const ENTRIES = 'edges';

interface Count extends OperationCost {
  /** Complexity of one entry of the connection around, which alone knows how many there are. */
  readonly entry: number;
}

const NOTHING: Count = { depth: 0, aliases: 0, complexity: 0, entry: 0 };

/**
 * Counts an operation. Introspection is left out; it has a rule of its own in graphql-js
 * (MaxIntrospectionDepth).
 *
 * Every fragment is counted once and remembered, so that fragments which spread each other twice,
 * thirty levels deep, cost thirty steps and not a thousand million.
 */
export function costOf(counted: OperationToCount, rules = SUBGRAPH_RULES): OperationCost {
  const count = new CostCount(counted, rules);
  const { depth, aliases, complexity } = count.of(counted.operation.selectionSet);
  return { depth, aliases, complexity };
}

class CostCount {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly known = new Map<string, Count>();
  private readonly mutations: ReadonlySet<string>;
  /** With their defaults; none where they are wrong, because then nothing is executed. */
  private readonly variables: Readonly<Record<string, unknown>>;

  constructor(
    counted: OperationToCount,
    private readonly rules: CostRules,
  ) {
    const { schema, operation, variables } = counted;
    const definitions = operation.variableDefinitions ?? [];
    this.variables = getVariableValues(schema, definitions, { ...variables }).coerced ?? {};
    for (const definition of counted.document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        this.fragments.set(definition.name.value, definition);
      }
    }
    const mutations = counted.schema.getMutationType()?.getFields() ?? {};
    this.mutations = new Set(Object.keys(mutations));
  }

  of({ selections }: SelectionSetNode): Count {
    let total = NOTHING;
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        total = sum(total, this.ofFragment(selection.name.value));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        total = sum(total, this.of(selection.selectionSet));
      } else if (!selection.name.value.startsWith('__')) {
        total = sum(total, this.ofField(selection));
      }
    }
    return total;
  }

  private ofField(field: FieldNode): Count {
    const { alias, selectionSet } = field;
    const below = selectionSet ? this.of(selectionSet) : NOTHING;
    return {
      depth: below.depth + 1,
      aliases: below.aliases + (alias ? 1 : 0),
      ...this.complexityOf(field, below),
    };
  }

  /** By its name alone, wherever it stands: no other type has fields of these names. */
  private complexityOf(
    field: FieldNode,
    { complexity, entry }: Count,
  ): Pick<Count, 'complexity' | 'entry'> {
    const name = field.name.value;
    const { connections, fields } = this.rules;
    if (connections && name === ENTRIES) return { complexity: 0, entry: 1 + complexity };
    if (connections?.has(name)) {
      return { complexity: CONNECTION_COST + complexity + this.first(field) * entry, entry: 0 };
    }
    const own = this.mutations.has(name) ? MUTATION_COST : (fields[name] ?? 1);
    if (!field.selectionSet) return { complexity: own, entry };
    return { complexity: own + this.lengthOf(field) * (1 + complexity) - 1, entry };
  }

  private lengthOf(field: FieldNode): number {
    if (field.name.value === '_entities') return this.representations(field);
    const first = this.argument(field, 'first');
    if (typeof first === 'number') return Math.max(1, first);
    return this.rules.lists[field.name.value] ?? 1;
  }

  /** A supergraph asks for as many entities as it has keys. */
  private representations(field: FieldNode): number {
    const value = this.argument(field, 'representations');
    if (Array.isArray(value)) return value.length;
    return 1;
  }

  /** Entries of a page. What is no length is refused later, and must not make up for anything here. */
  private first(field: FieldNode): number {
    const value = this.argument(field, 'first');
    return typeof value === 'number' ? Math.max(0, value) : DEFAULT_PAGE_LENGTH;
  }

  private argument({ arguments: given = [] }: FieldNode, name: string): unknown {
    const value = given.find((argument) => argument.name.value === name)?.value;
    return value && this.valueOf(value);
  }

  /** As far as a length is read from it: entries of a list are not looked at. */
  private valueOf(value: ValueNode): unknown {
    if (value.kind === Kind.VARIABLE) return this.variables[value.name.value];
    if (value.kind === Kind.LIST) return value.values;
    return value.kind === Kind.INT ? Number(value.value) : undefined;
  }

  /** Nothing for a fragment that is being counted: a circle, which validation refuses. */
  private ofFragment(name: string): Count {
    const known = this.known.get(name);
    if (known) return known;
    this.known.set(name, NOTHING);
    const fragment = this.fragments.get(name);
    const cost = fragment ? this.of(fragment.selectionSet) : NOTHING;
    this.known.set(name, cost);
    return cost;
  }
}

const sum = (a: Count, b: Count): Count => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  complexity: a.complexity + b.complexity,
  entry: a.entry + b.entry,
});
