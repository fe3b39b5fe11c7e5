import { createSecretKey, type KeyObject } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { ApplicationEntity } from './application.entity.js';
import { SecretUnreadableError } from './applications.errors.js';
import type { SecretCipher } from './secret.cipher.js';

/** A rotated secret is in use everywhere after 30 s; an application costs one query in that time. */
const CACHE_MS = 30_000;

/** Beyond this many applications in use at once the oldest entry makes room: bounds memory, not function. */
const CACHE_ENTRIES = 10_000;

interface Entry {
  readonly key: Promise<KeyObject>;
  readonly expiresAt: number;
}

/**
 * The key that signs for an application: its clientSecret as UTF-8 (specification section 4).
 * Concurrent callers share one query; a failure is not cached.
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
    const key = this.load(applicationId);
    this.cache.delete(applicationId);
    this.cache.set(applicationId, { key, expiresAt: now + CACHE_MS });
    key.catch(() => this.cache.delete(applicationId));
    this.dropOldest();
    return key;
  }

  private async load(applicationId: string): Promise<KeyObject> {
    const application = await this.dataSource
      .getRepository(ApplicationEntity)
      .findOneBy({ id: applicationId });
    if (!application)
      throw new SecretUnreadableError(applicationId, 'the application does not exist');
    const secret = this.cipher.decrypt(applicationId, application.clientSecret);
    // An empty key is one that everybody knows.
    if (secret === '') throw new SecretUnreadableError(applicationId, 'it is empty');
    return createSecretKey(Buffer.from(secret, 'utf8'));
  }

  private dropOldest(): void {
    if (this.cache.size <= CACHE_ENTRIES) return;
    const [oldest] = this.cache.keys();
    if (oldest !== undefined) this.cache.delete(oldest);
  }
}
