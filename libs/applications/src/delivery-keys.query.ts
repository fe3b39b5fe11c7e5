import { createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { SecretUnreadableError } from './applications.errors.js';
import { signingKeyOwner } from './signing-keys.store.js';
import type { SecretCipher } from './secret.cipher.js';

/** A rotated secret is in use everywhere after 30 s; an application costs one query in that time. */
const CACHE_MS = 30_000;

/** Beyond this many applications in use at once the oldest entry makes room: bounds memory, not function. */
const CACHE_ENTRIES = 10_000;

/** What signs the deliveries of an application. */
export interface DeliveryKeys {
  /** Signs the platform's header, which has one value (ADR 24). */
  readonly secret: KeyObject;
  /** Sign the header of Standard Webhooks, which may have several: the current secret, then the former one. */
  readonly secrets: readonly KeyObject[];
  /** Ed25519; none where the application did not ask for such signatures. */
  readonly privateKeys: readonly KeyObject[];
}

interface Entry {
  readonly keys: Promise<DeliveryKeys>;
  /** Moves forward only when a former secret ends sooner. */
  expiresAt: number;
}

interface KeysRow {
  readonly client_secret: string;
  /** Where there is one that still signs. */
  readonly former: string | null;
  /** Milliseconds until it ends, by the database's clock. */
  readonly former_ends_in: number | null;
  readonly private_keys: readonly { readonly id: string; readonly sealed: string }[];
}

/**
 * The keys that sign for an application: its clientSecret as UTF-8 (specification section 4), and its Ed25519
 * keys (ADR 38). While a secret is being replaced the former one signs until its end, because receivers know it
 * already and may not yet know the new one (ADR 24). Concurrent callers share one query; a failure is not cached.
 */
export class DeliveryKeysQuery {
  private readonly cache = new Map<string, Entry>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: SecretCipher,
  ) {}

  /** Throws {@link SecretUnreadableError}, or the database's error: in both cases nothing may be sent. */
  execute(applicationId: string): Promise<DeliveryKeys> {
    const now = performance.now();
    const cached = this.cache.get(applicationId);
    if (cached && cached.expiresAt > now) return cached.keys;
    const loaded = this.load(applicationId);
    const entry: Entry = { keys: loaded.then(({ keys }) => keys), expiresAt: now + CACHE_MS };
    this.cache.delete(applicationId);
    this.cache.set(applicationId, entry);
    loaded.then(
      ({ endsInMs }) => (entry.expiresAt = Math.min(entry.expiresAt, now + endsInMs)),
      () => this.cache.delete(applicationId),
    );
    this.dropOldest();
    return entry.keys;
  }

  private async load(applicationId: string): Promise<{ keys: DeliveryKeys; endsInMs: number }> {
    const [row] = await this.dataSource.query<KeysRow[]>(
      `SELECT client_secret,
              CASE WHEN former_valid_until > clock_timestamp() THEN former_client_secret END AS former,
              extract(epoch FROM former_valid_until - clock_timestamp())::float8 * 1000 AS former_ends_in,
              (SELECT coalesce(json_agg(json_build_object('id', k.key_id, 'sealed', k.private_key)
                                        ORDER BY k.created_at DESC), '[]')
               FROM application_signing_key k
               WHERE k.application_id = a.id
                 AND (k.valid_until IS NULL OR k.valid_until > clock_timestamp())) AS private_keys
       FROM application a WHERE id = $1`,
      [applicationId],
    );
    if (!row) throw new SecretUnreadableError(applicationId, 'the application does not exist');
    const [former, current] = [row.former, row.client_secret].map((stored) =>
      stored === null ? undefined : this.secretKey(applicationId, stored),
    );
    const endsInMs = row.former === null ? Infinity : (row.former_ends_in ?? 0);
    const secrets = [current, former].filter((key) => key !== undefined);
    const secret = former ?? current;
    if (!secret) throw new SecretUnreadableError(applicationId, 'there is none');
    return { keys: { secret, secrets, privateKeys: this.privateKeys(row) }, endsInMs };
  }

  private privateKeys({ private_keys: keys }: KeysRow): KeyObject[] {
    return keys.map(({ id, sealed }) =>
      consumed(this.cipher.open(signingKeyOwner(id), sealed), (der) =>
        createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
      ),
    );
  }

  private secretKey(applicationId: string, stored: string): KeyObject {
    return consumed(this.cipher.open(applicationId, stored), (bytes) => {
      // An empty key is one that everybody knows.
      if (bytes.length === 0) throw new SecretUnreadableError(applicationId, 'it is empty');
      return createSecretKey(bytes);
    });
  }

  private dropOldest(): void {
    if (this.cache.size <= CACHE_ENTRIES) return;
    const [oldest] = this.cache.keys();
    if (oldest !== undefined) this.cache.delete(oldest);
  }
}

/** A KeyObject has a copy of its own, outside the heap: the bytes it was made of are overwritten. */
function consumed(bytes: Buffer, make: (bytes: Buffer) => KeyObject): KeyObject {
  try {
    return make(bytes);
  } finally {
    bytes.fill(0);
  }
}
