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

export class PortTakenError extends Error {
  readonly code = 'port_taken';

  constructor(variable: string, port: number) {
    super(
      `${variable}: port ${port} is in use by another process; choose a free one, or 0 for any`,
    );
    this.name = 'PortTakenError';
  }
}
