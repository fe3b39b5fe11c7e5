import { type GraphQLScalarType, type GraphQLSchema, isObjectType, isScalarType } from 'graphql';
import type { OperatorContext } from '../operator-context.js';

interface Answering {
  resolve(source: unknown, args: unknown, context: OperatorContext): unknown;
}

/**
 * Answers one field. Source and arguments are what the schema says; a method's type, because that lets
 * a resolver name them.
 */
export type Resolver = Answering['resolve'];

/** By type and field; a field without one is the property of its name. */
export type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolver>>>>;

/** Throws where the schema has no such type or field: a resolver that nobody asks is a mistake. */
export function setResolvers(schema: GraphQLSchema, resolvers: Resolvers): void {
  for (const [typeName, ofType] of Object.entries(resolvers)) {
    for (const [fieldName, resolve] of Object.entries(ofType)) {
      fieldOf(schema, typeName, fieldName).resolve = resolve;
    }
  }
}

export function fieldOf(schema: GraphQLSchema, typeName: string, fieldName: string) {
  const type = schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  if (!field) throw new Error(`there is no field ${typeName}.${fieldName}`);
  return field;
}

/** What a scalar of the schema accepts and how it is shown. */
export function setScalar(schema: GraphQLSchema, scalar: GraphQLScalarType): void {
  const type = schema.getType(scalar.name);
  if (!isScalarType(type)) throw new Error(`there is no scalar ${scalar.name}`);
  type.serialize = scalar.serialize;
  type.parseValue = scalar.parseValue;
  type.parseLiteral = scalar.parseLiteral;
}
