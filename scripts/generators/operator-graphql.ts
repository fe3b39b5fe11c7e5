import { OPERATOR_SDL } from '@app/operations';
import { format } from 'prettier';
import type { Generator } from './generator.interface.js';

const HEADING = '# The schema of the operator API. Generated: do not edit.';

/** `operator.graphql`: what operators can ask and do, and what a change of it shows in. */
export const operatorGraphql: Generator = {
  file: 'apps/subscriptions-api/operator.graphql',
  command: 'npm run generate',
  generate: () => format(`${HEADING}\n\n${OPERATOR_SDL}\n`, { parser: 'graphql', printWidth: 100 }),
};
