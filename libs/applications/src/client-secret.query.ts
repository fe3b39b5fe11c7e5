import { createSecretKey, type KeyObject } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { SecretUnreadableError } from './applications.errors.js';
import type { SecretCipher } from './secret.cipher.js';

/** A rotated secret is in use everywhere after 30 s; an application costs one query in that time. */
const CACHE_MS = 30_000;

/** Beyond this many applications in use at once the oldest entry makes room: bounds memory, not function. */
const CACHE_ENTRIES = 10_000;

interface Entry {
  readonly key: Promise<KeyObject>;
  /** Moves forward only when a former secret ends sooner. */
  expiresAt: number;
}

interface SecretRow {
  readonly client_secret: string;
  /** Where there is one that still signs. */
  readonly former: string | null;
  /** Milliseconds until it ends, by the database's clock. */
  readonly former_ends_in: number | null;
}

/**
 * The key that signs for an application: its clientSecret as UTF-8 (specification section 4). While a
 * secret is being replaced the former one signs until its end, because receivers know it already and
 * may not yet know the new one (ADR 24). Concurrent callers share one query; a failure is not cached.
 */
export class ClientSecretQuery {
  private readonly cache = new Map<string, Entry>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: SecretCipher,
  ) {}

  /** Throws {@link SecretUnreadableError}, or the database's error: in both cases nothing may be sent. */
  execute(applicationId: string): Promise<KeyObject> {
    const now = performance.now();
    const cached = this.cache.get(applicationId);
    if (cached && cached.expiresAt > now) return cached.key;
    const loaded = this.load(applicationId);
    const entry: Entry = { key: loaded.then(({ key }) => key), expiresAt: now + CACHE_MS };
    this.cache.delete(applicationId);
    this.cache.set(applicationId, entry);
    loaded.then(
      ({ endsInMs }) => (entry.expiresAt = Math.min(entry.expiresAt, now + endsInMs)),
      () => this.cache.delete(applicationId),
    );
    this.dropOldest();
    return entry.key;
  }

  private async load(applicationId: string): Promise<{ key: KeyObject; endsInMs: number }> {
    const [row] = await this.dataSource.query<SecretRow[]>(
      `SELECT client_secret,
              CASE WHEN former_valid_until > clock_timestamp() THEN former_client_secret END AS former,
              extract(epoch FROM former_valid_until - clock_timestamp())::float8 * 1000 AS former_ends_in
       FROM application WHERE id = $1`,
      [applicationId],
    );
    if (!row) throw new SecretUnreadableError(applicationId, 'the application does not exist');
    const secret = this.cipher.decrypt(applicationId, row.former ?? row.client_secret);
    // An empty key is one that everybody knows.
    if (secret === '') throw new SecretUnreadableError(applicationId, 'it is empty');
    const endsInMs = row.former === null ? Infinity : (row.former_ends_in ?? 0);
    return { key: createSecretKey(Buffer.from(secret, 'utf8')), endsInMs };
  }

  private dropOldest(): void {
    if (this.cache.size <= CACHE_ENTRIES) return;
    const [oldest] = this.cache.keys();
    if (oldest !== undefined) this.cache.delete(oldest);
  }
}
