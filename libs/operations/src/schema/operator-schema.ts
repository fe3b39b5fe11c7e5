import { buildSchema, type GraphQLSchema } from 'graphql';
import type { OperatorParts } from '../operator-parts.js';
import { mutationResolvers } from './mutation-resolvers.js';
import { requireOperatorRole } from './operator-role.js';
import { queryResolvers } from './query-resolvers.js';
import { setResolvers, setScalar } from './resolvers.js';
import { dateTime, uuid } from './scalars.js';
import { OPERATOR_SDL } from './type-definitions.js';

/** The operator API, ready to be executed, over HTTP or in a process that has the database. */
export function operatorSchema(parts: OperatorParts): GraphQLSchema {
  const schema = buildSchema(OPERATOR_SDL);
  setScalar(schema, dateTime);
  setScalar(schema, uuid);
  setResolvers(schema, queryResolvers(parts));
  setResolvers(schema, mutationResolvers(parts));
  requireOperatorRole(schema);
  return schema;
}
