export { schemaDump, type Queryable } from './schema-dump.js';
export {
  seedIntegration,
  seedWebhook,
  TEST_SECRETS_KEY,
  type IntegrationSeed,
  type SeededIntegration,
  type WebhookSeed,
} from './seed.js';
export { templateDatabase, urlOfDatabase } from './template-database.js';
export {
  createTestDatabase,
  ENTITIES,
  TestDatabase,
  type TestDatabaseOptions,
} from './test-database.js';
