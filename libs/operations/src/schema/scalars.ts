import { isUuid } from '@app/events';
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

/** RFC 3339: JavaScript alone would also read "1" or "May". */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

function dateOf(value: unknown): Date {
  const date = typeof value === 'string' && DATE_TIME.test(value) ? new Date(value) : undefined;
  if (date && isStorable(date)) return date;
  throw new GraphQLError('the value must be a time such as 2026-01-31T12:00:00Z');
}

/** Other years, which an offset can lead to, are written with a sign, and the database takes no year 0. */
function isStorable(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9_999;
}

function uuidOf(value: unknown): string {
  if (typeof value === 'string' && isUuid(value)) return value.toLowerCase();
  throw new GraphQLError('the value must be a UUID');
}

const textOf = (node: ValueNode): unknown => (node.kind === Kind.STRING ? node.value : undefined);

export const dateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: (value) => {
    if (value instanceof Date) return value.toISOString();
    throw new GraphQLError('the value is no time');
  },
  parseValue: dateOf,
  parseLiteral: (node) => dateOf(textOf(node)),
});

export const uuid = new GraphQLScalarType<string, string>({
  name: 'UUID',
  serialize: String,
  parseValue: uuidOf,
  parseLiteral: (node) => uuidOf(textOf(node)),
});
