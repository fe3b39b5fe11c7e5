/** Migrations run forward only: a step back is a new migration, because replicas of both versions run side by side. */
export class ForwardOnlyMigrationError extends Error {
  readonly code = 'forward_only_migration';

  constructor(migration: string) {
    super(`${migration} cannot be reverted: write a new migration instead`);
    this.name = 'ForwardOnlyMigrationError';
  }
}

/** The schema is older than this version, and running migrations at start is switched off. */
export class PendingMigrationsError extends Error {
  readonly code = 'pending_migrations';

  constructor(pending: readonly string[]) {
    super(
      `The database lacks ${pending.length} migration(s): ${pending.join(', ')}. ` +
        'Run `npm run cli -- migrate`, or set DATABASE_MIGRATE=true.',
    );
    this.name = 'PendingMigrationsError';
  }
}

/** The database server is there, but is not who it should be, or will not talk to us like that. */
export class DatabaseRefusedError extends Error {
  readonly code = 'database_refused';

  constructor(reason: string, advice: string, cause: unknown) {
    super(`${reason}. ${advice}`, { cause });
    this.name = 'DatabaseRefusedError';
  }
}

/** Grants go to roles that are there. */
export class UnknownRoleError extends Error {
  readonly code = 'unknown_role';

  constructor(role: string) {
    super(
      `the server has no role ${JSON.stringify(role)}: make it first (CREATE ROLE … LOGIN PASSWORD …)`,
    );
    this.name = 'UnknownRoleError';
  }
}
