import { isUuid } from '@app/events';
import fc from 'fast-check';
import {
  getNamedType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  type GraphQLObjectType,
} from 'graphql';
import { anyCursor, anyHeaders, anyInteger, anyJson, anyText, anyTime } from './hostile-values.js';

/** A GraphQL request as it is sent. */
export interface RandomOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Text of a document, and the variables that it uses: by name, their type and value. */
interface Piece {
  readonly text: string;
  readonly variables: ReadonlyMap<string, { readonly type: string; readonly value: unknown }>;
}

const plain = (text: string): Piece => ({ text, variables: new Map() });

const joined = (pieces: readonly Piece[], around: (texts: string) => string): Piece => ({
  text: around(pieces.map(({ text }) => text).join(' ')),
  variables: new Map(pieces.flatMap(({ variables }) => [...variables])),
});

const DIRECTIVES = ['', '', '', '', '@include(if: true)', '@skip(if: false)', '@skip(if: true)'];

/**
 * Random operations of a schema. Most are valid in it and have values that something might stumble over;
 * some break a rule. `ids` are those of things that are there.
 */
export class RandomOperations {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly ids: readonly string[],
  ) {}

  /** Queries and mutations, some of them with fragments. */
  get any(): fc.Arbitrary<RandomOperation> {
    const roots = [
      { keyword: 'query', type: this.schema.getQueryType() },
      { keyword: 'mutation', type: this.schema.getMutationType() },
    ] as const;
    return fc.oneof(
      ...roots.flatMap(({ keyword, type }) => (type ? [this.operation(keyword, type)] : [])),
    );
  }

  private operation(keyword: string, root: GraphQLObjectType): fc.Arbitrary<RandomOperation> {
    const selections = this.selections();
    const selection = selections[root.name] ?? fc.constant(plain('{ __typename }'));
    const fragment = fc.option(selection, { freq: 3 });
    return fc.tuple(selection, fragment).map(([own, shared]) => {
      const pieces = shared ? [own, shared] : [own];
      const { variables } = joined(pieces, String);
      const declared = [...variables].map(([name, { type }]) => `$${name}: ${type}`).join(', ');
      const head = `${keyword} Random${declared === '' ? '' : `(${declared})`}`;
      const query = shared
        ? `${head} { ...Shared ... on ${root.name} ${own.text} } fragment Shared on ${root.name} ${shared.text}`
        : `${head} ${own.text}`;
      const values = [...variables].map(([name, { value }]) => [name, value] as const);
      return { query, variables: Object.fromEntries(values) };
    });
  }

  /** Of each type, by its name: they refer to each other. */
  private selections(): Record<string, fc.Arbitrary<Piece>> {
    const types = Object.values(this.schema.getTypeMap()).filter(
      (type) => isCompositeType(type) && !type.name.startsWith('__'),
    );
    return fc.letrec<Record<string, Piece>>((tie) =>
      Object.fromEntries(
        types.map((type) => [
          type.name,
          fc.oneof(
            { maxDepth: 5, depthIdentifier: 'selection' },
            this.selection(type, () => undefined),
            this.selection(type, (name) => tie(name)),
          ),
        ]),
      ),
    );
  }

  private selection(
    type: GraphQLNamedType,
    below: (name: string) => fc.Arbitrary<Piece> | undefined,
  ): fc.Arbitrary<Piece> {
    const fields = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
    const possible = Object.values(fields).flatMap((field) => {
      const inner = getNamedType(field.type);
      const selection = isCompositeType(inner) ? below(inner.name) : fc.constant(plain(''));
      return selection ? [this.field(field, selection)] : [];
    });
    const inline = below(type.name)?.map((piece) =>
      joined([piece], (text) => `... on ${type.name} ${text}`),
    );
    const choices = [fc.constant(plain('__typename')), ...possible, ...possible];
    return fc
      .array(fc.oneof(...choices, ...(inline ? [inline] : [])), { minLength: 1, maxLength: 4 })
      .map((pieces) => joined(pieces, (texts) => `{ ${texts} }`));
  }

  private field(
    field: GraphQLField<unknown, unknown>,
    selection: fc.Arbitrary<Piece>,
  ): fc.Arbitrary<Piece> {
    const given = field.args.map((argument) => {
      const piece = this.argument(field.name, argument.name, argument.type);
      return isRequiredArgument(argument)
        ? fc.option(piece, { freq: 40 })
        : fc.option(piece, { freq: 2 });
    });
    // Of an alias of its own, so that two of one name never have to be merged.
    const alias = fc.nat(10_000).map((number) => `f${number}: `);
    return fc
      .tuple(fc.tuple(...given), selection, alias, fc.constantFrom(...DIRECTIVES))
      .map(([values, inner, as, directive]) => {
        const pieces = values.filter((value) => value !== null);
        const list = joined(pieces, (texts) => (pieces.length === 0 ? '' : `(${texts})`));
        return joined(
          [plain(`${as}${field.name}`), list, plain(directive), inner],
          (texts) => texts,
        );
      });
  }

  /** As a variable, or written out. */
  private argument(field: string, name: string, type: GraphQLInputType): fc.Arbitrary<Piece> {
    const values = name === 'after' ? fc.option(anyCursor, { freq: 6 }) : this.value(type);
    return fc.tuple(values, fc.boolean()).map(([value, isWritten]) => {
      if (isWritten) return plain(`${name}: ${literalOf(value, type)}`);
      const variable = `${field}_${name}`;
      const variables = new Map([[variable, { type: String(type), value }]]);
      return { text: `${name}: $${variable}`, variables };
    });
  }

  private value(type: GraphQLInputType): fc.Arbitrary<unknown> {
    if (isNonNullType(type)) return this.ofType(type.ofType);
    return fc.option(this.ofType(type), { freq: 6 });
  }

  private ofType(type: GraphQLInputType): fc.Arbitrary<unknown> {
    return fc.oneof({ weight: 40, arbitrary: this.fitting(type) }, anyJson);
  }

  private fitting(type: GraphQLInputType): fc.Arbitrary<unknown> {
    if (isListType(type)) return fc.array(this.value(type.ofType), { maxLength: 3 });
    if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      const requiredKeys = fields
        .filter((each) => isNonNullType(each.type))
        .map(({ name }) => name);
      const entries = fields.map((each) => [each.name, this.value(each.type)] as const);
      return fc.record(Object.fromEntries(entries), { requiredKeys });
    }
    return this.scalar(getNamedType(type).name);
  }

  private scalar(name: string): fc.Arbitrary<unknown> {
    const known = fc.constantFrom(...this.ids);
    const anyId = fc.oneof({ weight: 6, arbitrary: known }, fc.uuid(), anyText);
    const uuids = this.ids.filter((id) => isUuid(id));
    const anyUuid = fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...uuids) }, anyId);
    const scalars: Record<string, fc.Arbitrary<unknown>> = {
      Boolean: fc.boolean(),
      DateTime: anyTime,
      Float: fc.double(),
      Int: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }) }, anyInteger),
      JSONObject: anyHeaders,
      UUID: anyUuid,
      _Any: fc.record({
        __typename: fc.constantFrom('Integration', 'IntegrationWebhook', 'Query', '__proto__'),
        id: fc.oneof(anyId, anyJson),
      }),
    };
    return scalars[name] ?? fc.oneof(anyText, anyId);
  }
}

/** As a document has it. Names and texts that GraphQL cannot write come out as a broken document. */
function literalOf(value: unknown, type: GraphQLInputType): string {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (typeof value === 'string' && isEnumType(inner)) return value;
  if (Array.isArray(value)) {
    const entry = isListType(inner) ? inner.ofType : inner;
    return `[${value
      .slice(0, 5)
      .map((one) => literalOf(one, entry))
      .join(', ')}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = isInputObjectType(inner) ? inner.getFields() : {};
  const written = Object.entries(value).map(
    ([name, each]) => `${name}: ${literalOf(each, fields[name]?.type ?? inner)}`,
  );
  return `{${written.join(', ')}}`;
}
