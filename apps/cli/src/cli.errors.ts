import { counted } from './report.js';

/** The endpoint or the custom headers of a new webhook are refused; every fault is listed. */
export class WebhookRefusedError extends Error {
  readonly code = 'webhook_refused';

  constructor(readonly faults: readonly string[]) {
    super(
      faults.length === 1
        ? `the webhook was not created: ${faults[0]}`
        : `the webhook was not created, for ${faults.length} faults:\n  ${faults.join('\n  ')}`,
    );
    this.name = 'WebhookRefusedError';
  }
}

/** No session could be opened. Names host and database, never the password. */
export class DatabaseUnavailableError extends Error {
  readonly code = 'database_unavailable';

  constructor(where: string, reason: string) {
    super(
      `no session with PostgreSQL at ${where}: ${reason}; ` +
        'check DATABASE_URL and that the server runs',
    );
    this.name = 'DatabaseUnavailableError';
  }
}

/** The schema is older than this program, and DATABASE_MIGRATE keeps it from being changed in passing. */
export class MigrationsPendingError extends Error {
  readonly code = 'migrations_pending';

  constructor(names: readonly string[]) {
    super(
      `the database lacks ${names.length} of the migrations (${names.join(', ')}) and ` +
        'DATABASE_MIGRATE is false; run the command `migrate` first',
    );
    this.name = 'MigrationsPendingError';
  }
}

/** `audit` found what contradicts the promises; it has said what. */
export class AuditFailedError extends Error {
  readonly code = 'audit_failed';

  constructor(findings: number) {
    super(`the queue could not be proved: ${counted(findings, 'finding')}, see above`);
    this.name = 'AuditFailedError';
  }
}

/** A file that an option names. */
export class FileUnreadableError extends Error {
  readonly code = 'file_unreadable';

  constructor(path: string, cause: unknown) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    super(`${path} cannot be read: ${reason}`, { cause });
    this.name = 'FileUnreadableError';
  }
}
