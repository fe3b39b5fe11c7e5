import { buildSchema, Kind, parse, specifiedRules, validate } from 'graphql';
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
