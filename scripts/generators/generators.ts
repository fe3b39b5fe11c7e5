import { asyncapi } from './asyncapi.js';
import { configurationTable } from './configuration-table.js';
import { dependencies } from './dependencies.js';
import { envExample } from './env-example.js';
import type { Generator } from './generator.interface.js';
import { operatorGraphql } from './operator-graphql.js';
import { schemaGraphql } from './schema-graphql.js';
import { schemaSql } from './schema-sql.js';

/** Every generated file of the repository. `npm run generated:check` holds all of them. */
export const GENERATORS: readonly Generator[] = [
  asyncapi,
  envExample,
  configurationTable,
  schemaGraphql,
  operatorGraphql,
  schemaSql,
  dependencies,
];
