import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { queryLimits } from './query-limits.js';
import { FEDERATION_DEFINITIONS, SUBGRAPH_SDL } from './type-definitions.js';

const schema = buildSchema(`${SUBGRAPH_SDL}\n${FEDERATION_DEFINITIONS}`);
const LIMITS = { depth: 3, aliases: 2, complexity: 300 };

/** What the rule alone says of an operation. */
const faults = (query: string, limits = LIMITS): string[] =>
  validate(schema, parse(query), [queryLimits(limits)]).map(({ message }) => message);

describe('the limits of an operation', () => {
  it('let through what is useful', () => {
    expect(faults('{ integration(id: "x") { webhooks { id type health endPoint } } }')).toEqual([]);
    expect(faults('{ webhookTypes { type topic description dispatched } }')).toEqual([]);
    expect(faults('mutation { integrationWebhookRemove(id: "x") { id type endPoint } }')).toEqual(
      [],
    );
  });

  it('hold for fields within fields, also within fragments', () => {
    const deep = '{ integration(id: "x") { webhooks { id } } }';
    expect(faults(deep)).toEqual([]);
    expect(faults(deep, { ...LIMITS, depth: 2 })).toEqual([
      'The operation exceeds the limit of depth: 2 at most, this one has 3',
    ]);
    const hidden = `{ ...A } fragment A on Query { integration(id: "x") { ... on Integration { ...B } } }
      fragment B on Integration { webhooks { id } }`;
    expect(faults(hidden, { ...LIMITS, depth: 2 })).toHaveLength(1);
  });

  it('hold for aliases, also within fragments and however often these are spread', () => {
    expect(faults('{ a: webhooks { id } b: webhooks { id } }')).toEqual([]);
    const three = '{ a: webhooks { id } b: webhooks { id } c: webhooks { id } }';
    expect(faults(three)).toEqual([
      'The operation exceeds the limit of aliases: 2 at most, this one has 3',
    ]);
    const twice =
      '{ a: webhooks { ...F } b: webhooks { ...F } } fragment F on IntegrationWebhook { x: id }';
    expect(faults(twice)).toHaveLength(1);
  });

  it('hold for the size of the answer, lists counted as long as they can be', () => {
    const lists = '{ webhooks { id type health endPoint headerNames createdAt } }';
    expect(faults(lists)).toEqual([
      'The operation exceeds the limit of complexity: 300 at most, this one has 349',
    ]);
  });

  it('count every mutation as the transaction that it is', () => {
    const removals = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, i) => `m${i}: integrationWebhookRemove(id: "x") { id }`).join(' ')} }`;
    const limits = { ...LIMITS, aliases: 100 };
    expect(faults(removals(5), limits)).toEqual([]);
    expect(faults(removals(6), limits)).toHaveLength(1);
  });

  it('count mutations also where fragments hold them', () => {
    const within = `mutation { ...A } fragment A on Mutation { ${Array.from({ length: 6 }, (_, i) => `m${i}: integrationWebhookRemove(id: "x") { id }`).join(' ')} }`;
    expect(faults(within, { ...LIMITS, aliases: 100 })).toEqual([
      'The operation exceeds the limit of complexity: 300 at most, this one has 306',
    ]);
  });

  it('hold for each operation of a document', () => {
    const document = `query A { webhooks { id } } query B { a: webhooks { id } b: webhooks { id } c: webhooks { id } }`;
    expect(faults(document)).toHaveLength(1);
  });

  it('leave introspection alone, which has a rule of its own', () => {
    const nested = (depth: number): string =>
      depth === 0 ? 'name' : `name fields { type { ${nested(depth - 1)} } }`;
    const document = `{ __schema { types { ${nested(4)} } } }`;
    expect(faults(document)).toEqual([]);
    const all = validate(schema, parse(document), specifiedRules);
    expect(all.map(({ message }) => message)).toContain('Maximum introspection depth exceeded');
  });

  it('are found out in no time, however often fragments spread each other', () => {
    const levels = 60;
    const fragments = Array.from(
      { length: levels },
      (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`,
    );
    const bomb = `{ ...F0 } ${fragments.join(' ')} fragment F${levels} on Query { webhooks { id } }`;
    expect(faults(bomb)).toEqual([expect.stringContaining('the limit of complexity')]);
  });

  it('end where fragments spread each other in a circle', () => {
    const circle =
      '{ ...A } fragment A on Query { ...B webhooks { id } } fragment B on Query { ...A }';
    expect(faults(circle)).toEqual([]);
    expect(validate(schema, parse(circle), specifiedRules)).not.toEqual([]);
  });
});
