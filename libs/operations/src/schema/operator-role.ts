import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import type { OperatorContext } from '../operator-context.js';
import { OperatorError } from '../operator.errors.js';
import { fieldOf } from './resolvers.js';

type FieldResolver = GraphQLFieldResolver<unknown, OperatorContext>;

/** What events carry: as little of it as can be is shown to those who only watch. */
const OPERATOR_FIELDS: readonly (readonly [type: string, field: string])[] = [
  ['Message', 'body'],
  ['DeadLetter', 'value'],
  ['DeadLetter', 'valueBase64'],
];

/**
 * Keeps viewers from every mutation, whichever there are, and from the fields that show what events
 * carry. On the whole type, so that a mutation of tomorrow needs nothing to be refused.
 */
export function requireOperatorRole(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    field.resolve = forOperators(field.name, field.resolve ?? defaultFieldResolver);
  }
  for (const [typeName, fieldName] of OPERATOR_FIELDS) {
    const field = fieldOf(schema, typeName, fieldName);
    field.resolve = forOperators(fieldName, field.resolve ?? defaultFieldResolver);
  }
}

const forOperators =
  (what: string, resolve: FieldResolver): FieldResolver =>
  (source, args, context, info) => {
    const { name, role } = context.operator;
    if (role === 'operator') return resolve(source, args, context, info);
    const message = `${what} needs the role operator; the token of "${name}" has the role ${role}`;
    throw new OperatorError('FORBIDDEN', message, { requiredRole: 'operator' });
  };
