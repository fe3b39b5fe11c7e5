import { composeServices, compositionHasErrors } from '@theguild/federation-composition';
import { buildSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { FEDERATION_DEFINITIONS, SUBGRAPH_SDL } from './type-definitions.js';

const OTHER = parse(/* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])

  type Shop @key(fields: "id") {
    id: ID!
    integration: Integration!
  }

  type Integration @key(fields: "id", resolvable: false) {
    id: ID!
  }

  type Query {
    shop(id: ID!): Shop
  }
`);

const compose = (...others: { name: string; typeDefs: ReturnType<typeof parse> }[]) =>
  composeServices([{ name: 'webhooks', typeDefs: parse(SUBGRAPH_SDL) }, ...others]);

describe('the subgraph', () => {
  it('is a schema of its own', () => {
    const schema = buildSchema(`${SUBGRAPH_SDL}\n${FEDERATION_DEFINITIONS}`);
    expect(Object.keys(schema.getQueryType()?.getFields() ?? {})).toEqual([
      'integration',
      'webhooks',
      'webhook',
      'webhookTypes',
      '_entities',
      '_service',
    ]);
  });

  it('composes to a supergraph by itself', () => {
    const result = compose();
    if (compositionHasErrors(result)) throw new Error(result.errors.map(String).join('\n'));
    expect(result.supergraphSdl).toContain('integrationWebhookCreate');
  });

  it('composes with a subgraph that refers to its entities by their keys', () => {
    const result = compose({ name: 'shops', typeDefs: OTHER });
    if (compositionHasErrors(result)) throw new Error(result.errors.map(String).join('\n'));
    expect(result.supergraphSdl).toMatch(/type Integration\s+@join__type\(graph: SHOPS/);
    expect(result.supergraphSdl).toMatch(/@join__type\(graph: WEBHOOKS, key: "id"\)/);
  });

  it('composes with a subgraph that has pages of its own', () => {
    const typeDefs = parse(/* GraphQL */ `
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@shareable"])

      type PageInfo @shareable {
        hasNextPage: Boolean!
        hasPreviousPage: Boolean!
        startCursor: String
        endCursor: String
      }

      type Query {
        pages: PageInfo!
      }
    `);
    const result = compose({ name: 'shops', typeDefs });
    if (compositionHasErrors(result)) throw new Error(result.errors.map(String).join('\n'));
    expect(result.supergraphSdl).toMatch(/type PageInfo\s+@join__type\(graph: SHOPS/);
  });

  it('would not compose without its keys, which is what the check is for', () => {
    const typeDefs = parse(
      SUBGRAPH_SDL.replace('type Integration @key(fields: "id")', 'type Integration'),
    );
    const result = composeServices([
      { name: 'webhooks', typeDefs },
      { name: 'shops', typeDefs: OTHER },
    ]);
    expect(compositionHasErrors(result)).toBe(true);
  });
});
