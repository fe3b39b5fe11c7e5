import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';

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
}

/** A webhook for each type and one for all of them. */
const SUBGRAPH_RULES: CostRules = { lists: { webhooks: 58, webhookTypes: 57 }, fields: {} };

/** Of a mutation: it is a transaction, where a field is a property. */
const MUTATION_COST = 50;

const NOTHING: OperationCost = { depth: 0, aliases: 0, complexity: 0 };

/**
 * Counts an operation. Introspection is left out; it has a rule of its own in graphql-js
 * (MaxIntrospectionDepth).
 *
 * Every fragment is counted once and remembered, so that fragments which spread each other twice,
 * thirty levels deep, cost thirty steps and not a thousand million.
 */
export function costOf(counted: OperationToCount, rules = SUBGRAPH_RULES): OperationCost {
  return new CostCount(counted, rules).of(counted.operation.selectionSet);
}

class CostCount {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly known = new Map<string, OperationCost>();
  private readonly mutations: ReadonlySet<string>;

  constructor(
    private readonly counted: OperationToCount,
    private readonly rules: CostRules,
  ) {
    for (const definition of counted.document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        this.fragments.set(definition.name.value, definition);
      }
    }
    const mutations = counted.schema.getMutationType()?.getFields() ?? {};
    this.mutations = new Set(Object.keys(mutations));
  }

  of({ selections }: SelectionSetNode): OperationCost {
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

  private ofField(field: FieldNode): OperationCost {
    const { alias, name, selectionSet } = field;
    const below = selectionSet ? this.of(selectionSet) : NOTHING;
    // By its name alone, wherever it stands: no other type has fields of these names.
    const own = this.mutations.has(name.value)
      ? MUTATION_COST
      : (this.rules.fields[name.value] ?? 1);
    return {
      depth: below.depth + 1,
      aliases: below.aliases + (alias ? 1 : 0),
      complexity: selectionSet ? own + this.lengthOf(field) * (1 + below.complexity) - 1 : own,
    };
  }

  private lengthOf(field: FieldNode): number {
    // A supergraph asks for as many entities as it has keys.
    if (field.name.value === '_entities') return lengthOf(this.argument(field, 'representations'));
    const first = this.argument(field, 'first');
    if (typeof first === 'number') return Math.max(1, first);
    return this.rules.lists[field.name.value] ?? 1;
  }

  /** The value of an argument, whichever way it is given. */
  private argument({ arguments: given = [] }: FieldNode, name: string): unknown {
    const value = given.find((argument) => argument.name.value === name)?.value;
    if (value?.kind !== Kind.VARIABLE) return value && valueFromASTUntyped(value);
    const variable = value.name.value;
    const definition = this.counted.operation.variableDefinitions?.find(
      (each) => each.variable.name.value === variable,
    );
    const preset = definition?.defaultValue && valueFromASTUntyped(definition.defaultValue);
    return variable in this.counted.variables ? this.counted.variables[variable] : preset;
  }

  /** Nothing for a fragment that is being counted: a circle, which validation refuses. */
  private ofFragment(name: string): OperationCost {
    const known = this.known.get(name);
    if (known) return known;
    this.known.set(name, NOTHING);
    const fragment = this.fragments.get(name);
    const cost = fragment ? this.of(fragment.selectionSet) : NOTHING;
    this.known.set(name, cost);
    return cost;
  }
}

const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 1);

const sum = (a: OperationCost, b: OperationCost): OperationCost => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  complexity: a.complexity + b.complexity,
});
