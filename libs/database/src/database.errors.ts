/** Migrations run forward only: a step back is a new migration, because replicas of both versions run side by side. */
export class ForwardOnlyMigrationError extends Error {
  readonly code = 'forward_only_migration';

  constructor(migration: string) {
    super(`${migration} cannot be reverted: write a new migration instead`);
    this.name = 'ForwardOnlyMigrationError';
  }
}
