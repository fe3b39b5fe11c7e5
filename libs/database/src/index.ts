export { createDataSource } from './data-source.js';
export type { DatabaseOptions } from './data-source.js';
export { databaseRefusal } from './database-refusal.js';
export { grantServiceRole } from './grant-service-role.js';
export { migrate, pendingMigrations } from './migrate.js';
export { RetentionJob } from './retention/retention.job.js';
export type { RetentionOptions } from './retention/retention.job.js';
export { RetentionStore } from './retention/retention.store.js';
export { bringUpToDate, connectDatabase, databaseFault } from './open-database.js';
export { poolUsage, type PoolUsage } from './pool-usage.js';
export {
  DatabaseRefusedError,
  ForwardOnlyMigrationError,
  PendingMigrationsError,
  UnknownRoleError,
} from './database.errors.js';

// Apps inject and close the data source, but statements stay in queries and stores.
export { DataSource } from 'typeorm';
