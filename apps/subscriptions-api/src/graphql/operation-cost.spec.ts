import {
  buildSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { costOf } from './operation-cost.js';
import { FEDERATION_DEFINITIONS, SUBGRAPH_SDL } from './type-definitions.js';

const schema = buildSchema(`${SUBGRAPH_SDL}\n${FEDERATION_DEFINITIONS}`);

/** Of the last operation of a document, which must be a valid one. */
function cost(query: string, variables: Record<string, unknown> = {}) {
  const document = parse(query);
  const operation = document.definitions.findLast(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return costOf({ schema, document, operation, variables });
}

const FIELDS = 'id type health endPoint headerNames createdAt';

describe('the cost of an operation', () => {
  it('is what it asks for, lists counted as long as they can be', () => {
    expect(cost('{ integration(id: "x") { name } }')).toEqual({
      depth: 2,
      aliases: 0,
      complexity: 2,
    });
    expect(cost(`{ webhooks { ${FIELDS} } }`)).toMatchObject({ complexity: 58 * 7 });
    expect(cost('{ webhookTypes { type topic } }')).toMatchObject({ complexity: 57 * 3 });
    expect(cost('{ integration(id: "x") { webhooks { id } } }')).toMatchObject({
      depth: 3,
      complexity: 1 + 58 * 2,
    });
  });

  it('counts the depth also within fragments', () => {
    const hidden = `fragment A on Query { integration(id: "x") { ... on Integration { ...B } } }
      fragment B on Integration { webhooks { id } } query { ...A }`;
    expect(cost(hidden)).toMatchObject({ depth: 3 });
  });

  it('counts aliases also within fragments, and as often as these are spread', () => {
    expect(cost('{ a: webhooks { id } b: webhooks { x: id } }')).toMatchObject({ aliases: 3 });
    const twice = `fragment F on IntegrationWebhook { x: id }
      query { a: webhooks { ...F } b: webhooks { ...F } }`;
    expect(cost(twice)).toMatchObject({ aliases: 4 });
  });

  it('counts every mutation as the transaction that it is, also within fragments', () => {
    const removals = Array.from(
      { length: 6 },
      (_, i) => `m${i}: integrationWebhookRemove(id: "x") { id }`,
    ).join(' ');
    const complexity = 6 * 51;
    expect(cost(`mutation { ${removals} }`)).toMatchObject({ complexity });
    const within = `fragment A on Mutation { ${removals} } mutation { ...A }`;
    expect(cost(within)).toMatchObject({ complexity });
  });

  it('counts entities as many as there are keys, given as a variable or in the document', () => {
    const selection = '{ ... on Integration { name webhooks { id } } }';
    const each = 1 + 1 + 58 * 2;
    const of = Array.from({ length: 7 }, () => ({ __typename: 'Integration', id: 'x' }));
    const query = `query($of: [_Any!]!) { _entities(representations: $of) ${selection} }`;
    expect(cost(query, { of })).toMatchObject({ complexity: 7 * each });
    expect(cost(query, { of: [] })).toMatchObject({ complexity: 0 });
    // A single value stands for a list of one.
    expect(cost(query, { of: of[0] })).toMatchObject({ complexity: each });
    const literal = `{ _entities(representations: [{ a: 1 }, { a: 2 }]) ${selection} }`;
    expect(cost(literal)).toMatchObject({ complexity: 2 * each });
    const preset = query.replace('[_Any!]!', '[_Any!]! = [{ a: 1 }, { a: 2 }, { a: 3 }]');
    expect(cost(preset)).toMatchObject({ complexity: 3 * each });
    expect(cost(preset, { of })).toMatchObject({ complexity: 7 * each });
  });

  it('counts pages as long as they are asked for, and dear fields for what they are', () => {
    const pages = buildSchema(`type Query { pages(first: Int = 20): [Page!]! }
      type Page { body: String pages: Int }`);
    const ofPages = (query: string, variables = {}): number => {
      const [operation] = parse(query).definitions;
      if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
      const counted = { schema: pages, document: parse(query), operation, variables };
      return costOf(counted, { lists: { pages: 20 }, fields: { body: 100 } }).complexity;
    };
    expect(ofPages('{ pages { pages } }')).toBe(20 * 2);
    expect(ofPages('{ pages(first: 7) { pages } }')).toBe(7 * 2);
    expect(ofPages('{ pages(first: 7) { body } }')).toBe(7 * 101);
    expect(ofPages('query($n: Int) { pages(first: $n) { pages } }', { n: 9 })).toBe(9 * 2);
    expect(ofPages('query($n: Int) { pages(first: $n) { pages } }')).toBe(20 * 2);
    expect(ofPages('query($n: Int = 50) { pages(first: $n) { pages } }')).toBe(50 * 2);
    expect(ofPages('{ pages(first: -1) { pages } }')).toBe(2);
  });

  it('counts the entries of a connection as many as are asked for, and the rest of it once', () => {
    const attempts = (
      args: string,
      fields = 'edges { cursor node { code } } pageInfo { endCursor }',
    ) => `{ webhook(id: "x") { attempts${args} { ${fields} } } }`;
    const entry = 1 + 1 + 2;
    const around = 1 + 10 + 2;
    expect(cost(attempts('(first: 7)'))).toMatchObject({
      depth: 5,
      complexity: around + 7 * entry,
    });
    expect(cost(attempts(''))).toMatchObject({ complexity: around + 20 * entry });
    expect(cost(attempts('(first: null)'))).toMatchObject({ complexity: around + 20 * entry });
    // What is refused anyway must not pay for anything else.
    expect(cost(attempts('(first: -1000)'))).toMatchObject({ complexity: around });
    expect(cost('{ webhooks { attempts(first: 5) { edges { cursor } } } }')).toMatchObject({
      complexity: 58 * (1 + 10 + 5 * 2),
    });
    const of = { of: [1, 2, 3].map(() => ({ __typename: 'IntegrationWebhook', id: 'x' })) };
    const entities = `query($of: [_Any!]!) { _entities(representations: $of) {
      ... on IntegrationWebhook { attempts(first: 7) { edges { cursor } } } } }`;
    expect(cost(entities, of)).toMatchObject({ complexity: 3 * (1 + 10 + 7 * 2) });
  });

  it('counts lengths that stand in variables, and in the defaults of variables', () => {
    const query = `query($first: Int = 50) {
      webhook(id: "x") { attempts(first: $first) { edges { cursor } } } }`;
    for (const [variables, length] of [
      [{ first: 7 }, 7],
      [{}, 50],
      [{ first: null }, 20],
    ] as const) {
      expect(cost(query, variables)).toMatchObject({ complexity: 1 + 10 + length * 2 });
    }
    const keys = '[{ a: 1 }, { a: 2 }, { a: 3 }]';
    const entities = `query($of: [_Any!]! = ${keys}) { _entities(representations: $of) { __typename } }`;
    expect(cost(entities)).toMatchObject({ complexity: 3 });
  });

  it('counts the entries of a fragment by the connection that spreads it', () => {
    const query = `fragment F on DeliveryAttemptConnection { ...G }
      fragment G on DeliveryAttemptConnection { edges { cursor } }
      query { webhook(id: "x") { a: attempts(first: 7) { ...F } b: attempts(first: 9) { ...F } } }`;
    expect(cost(query)).toMatchObject({ complexity: 1 + 20 + (7 + 9) * 2 });
  });

  it('knows every list and connection of the schema by its name, which nothing else has', () => {
    const fields = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type) && !type.name.startsWith('__'))
      .flatMap((type) => (isObjectType(type) ? Object.values(type.getFields()) : []));
    const isLong = ({ type, args }: (typeof fields)[number]): boolean =>
      (isListType(getNullableType(type)) && isCompositeType(getNamedType(type))) ||
      args.some(({ name }) => name === 'first');
    const long = new Set(fields.filter(isLong).map(({ name }) => name));
    expect([...long].toSorted()).toEqual([
      '_entities',
      'attempts',
      'edges',
      'webhookTypes',
      'webhooks',
    ]);
    expect(fields.filter((field) => long.has(field.name) && !isLong(field))).toEqual([]);
  });

  it('leaves introspection alone, which has a rule of its own', () => {
    const nested = (depth: number): string =>
      depth === 0 ? 'name' : `name fields { type { ${nested(depth - 1)} } }`;
    const document = `{ __schema { types { ${nested(4)} } } }`;
    expect(cost(document)).toEqual({ depth: 0, aliases: 0, complexity: 0 });
    const all = validate(schema, parse(document), specifiedRules);
    expect(all.map(({ message }) => message)).toContain('Maximum introspection depth exceeded');
  });

  it('is found out in no time, however often fragments spread each other', () => {
    const levels = 60;
    const fragments = Array.from(
      { length: levels },
      (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`,
    );
    const bomb = `${fragments.join(' ')} fragment F${levels} on Query { webhooks { id } } { ...F0 }`;
    expect(cost(bomb).complexity).toBe(2 ** levels * 58 * 2);
  });

  it('ends where fragments spread each other in a circle, which validation refuses', () => {
    const circle =
      'fragment A on Query { ...B webhooks { id } } fragment B on Query { ...A } { ...A }';
    expect(cost(circle)).toMatchObject({ complexity: 58 * 2 });
    expect(validate(schema, parse(circle), specifiedRules)).not.toEqual([]);
  });
});
