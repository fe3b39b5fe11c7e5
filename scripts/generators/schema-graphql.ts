// A program's schema may be read from here without being a lib.
// oxlint-disable no-restricted-imports
import { format } from 'prettier';
import { SUBGRAPH_SDL } from '../../apps/subscriptions-api/src/graphql/type-definitions.js';
import type { Generator } from './generator.interface.js';

const HEADING = '# The subgraph of the subscriptions API. Generated: do not edit.';

/** `schema.graphql`: what a supergraph is composed from, and what a change of it shows in. */
export const schemaGraphql: Generator = {
  file: 'apps/subscriptions-api/schema.graphql',
  command: 'npm run generate',
  generate: () => format(`${HEADING}\n\n${SUBGRAPH_SDL}\n`, { parser: 'graphql', printWidth: 100 }),
};
