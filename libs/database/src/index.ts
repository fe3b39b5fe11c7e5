export { createDataSource } from './data-source.js';
export type { DatabaseOptions } from './data-source.js';
export { migrate, pendingMigrations } from './migrate.js';
export { ForwardOnlyMigrationError } from './database.errors.js';
