export { createDataSource } from './data-source.js';
export type { DatabaseOptions } from './data-source.js';
export { migrate, pendingMigrations } from './migrate.js';
export { ForwardOnlyMigrationError } from './database.errors.js';

// Apps inject and close the data source, but statements stay in queries and stores.
export { DataSource } from 'typeorm';
