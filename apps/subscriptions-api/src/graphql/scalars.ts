import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

/** An object as JSON has them. What its values must be is judged where it is used. */
export const jsonObject = new GraphQLScalarType<object>({
  name: 'JSONObject',
  serialize: objectOf,
  parseValue: objectOf,
  parseLiteral: (node, variables) => objectOf(valueOf(node, variables ?? {})),
});

/** The representation of an entity in the federation's `_entities`. */
export const anyRepresentation = new GraphQLScalarType<object>({
  name: '_Any',
  serialize: objectOf,
  parseValue: objectOf,
  parseLiteral: (node, variables) => objectOf(valueOf(node, variables ?? {})),
});

function objectOf(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new GraphQLError('the value must be a JSON object');
}

type Variables = Readonly<Record<string, unknown>>;

function valueOf(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, valueOf(value, variables)]),
      );
    case Kind.LIST:
      return node.values.map((value) => valueOf(value, variables));
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.VARIABLE:
      return variables[node.name.value];
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
  }
}
