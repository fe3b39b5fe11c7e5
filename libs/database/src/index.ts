export { createDataSource } from './data-source.js';
export type { DatabaseOptions } from './data-source.js';
export { migrate, pendingMigrations } from './migrate.js';
export { isDataError, sqlStateOf } from './sql-state.js';
export { ForwardOnlyMigrationError } from './database.errors.js';
