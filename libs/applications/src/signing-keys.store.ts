import { createHash, generateKeyPairSync } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { ApplicationNotFoundError, RotationUnderWayError } from './applications.errors.js';
import type { SecretCipher } from './secret.cipher.js';

/** A public key as receivers get it. */
export interface PublishedKey {
  readonly clientId: string;
  readonly keyId: string;
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Buffer;
  readonly createdAt: Date;
  /** When it stops signing; null: until it is replaced. */
  readonly validUntil: Date | null;
}

/** Raw keys lie behind so many bytes of SubjectPublicKeyInfo (RFC 8410). */
const SPKI_BYTES = 12;

const COUNTS = '(k.valid_until IS NULL OR k.valid_until > clock_timestamp())';

/** What a private key is bound to at rest, see {@link SecretCipher}. */
export const signingKeyOwner = (keyId: string): string => `signing key ${keyId}`;

/**
 * Ed25519 keys of applications that asked for signatures which others can verify and nobody can make (ADR 38).
 * Each application has its own: with one for all a customer could hand on what was sent to it as sent to
 * another.
 */
export class SigningKeysStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: SecretCipher,
  ) {}

  /** Makes a key where there is none. Throws {@link ApplicationNotFoundError}. */
  enable(clientId: string): Promise<PublishedKey> {
    return this.withApplication(clientId, async (transaction, applicationId) => {
      const [key] = await keysOf(transaction, clientId);
      return key ?? this.insert(transaction, clientId, applicationId);
    });
  }

  /**
   * Makes another key; both sign for `overlapMs`. Throws {@link ApplicationNotFoundError},
   * {@link RotationUnderWayError}.
   */
  rotate(clientId: string, overlapMs: number): Promise<PublishedKey> {
    return this.withApplication(clientId, async (transaction, applicationId) => {
      const ending = (await keysOf(transaction, clientId)).find((key) => key.validUntil !== null);
      if (ending?.validUntil) throw new RotationUnderWayError(clientId, ending.validUntil);
      await transaction.query(
        `UPDATE application_signing_key
         SET valid_until = clock_timestamp() + $2::float8 * interval '1 millisecond'
         WHERE application_id = $1 AND valid_until IS NULL`,
        [applicationId, overlapMs],
      );
      return this.insert(transaction, clientId, applicationId);
    });
  }

  /** False where there was none. Throws {@link ApplicationNotFoundError}. */
  disable(clientId: string): Promise<boolean> {
    return this.withApplication(clientId, async (transaction, applicationId) => {
      const [deleted] = await transaction.query<[unknown[], number]>(
        'DELETE FROM application_signing_key WHERE application_id = $1 RETURNING key_id',
        [applicationId],
      );
      return deleted.length > 0;
    });
  }

  /** Those that sign, the newest first: of one application, or of all. */
  published(clientId?: string): Promise<PublishedKey[]> {
    return keysOf(this.dataSource, clientId);
  }

  private withApplication<T>(
    clientId: string,
    work: (transaction: EntityManager, applicationId: string) => Promise<T>,
  ): Promise<T> {
    return this.dataSource.transaction(async (transaction) => {
      const [row] = await transaction.query<{ id: string }[]>(
        'SELECT id FROM application WHERE client_id = $1 FOR NO KEY UPDATE',
        [clientId],
      );
      if (!row) throw new ApplicationNotFoundError(clientId);
      return work(transaction, row.id);
    });
  }

  private async insert(
    transaction: EntityManager,
    clientId: string,
    applicationId: string,
  ): Promise<PublishedKey> {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_BYTES);
    const keyId = createHash('sha256').update(raw).digest('hex').slice(0, 16);
    const der = privateKey.export({ type: 'pkcs8', format: 'der' });
    const sealed = this.cipher.seal(signingKeyOwner(keyId), der);
    der.fill(0);
    await transaction.query(
      `INSERT INTO application_signing_key (key_id, application_id, public_key, private_key)
       VALUES ($1, $2, $3, $4)`,
      [keyId, applicationId, raw, sealed],
    );
    const [key] = await keysOf(transaction, clientId);
    if (!key) throw new ApplicationNotFoundError(clientId);
    return key;
  }
}

function keysOf(
  session: DataSource | EntityManager,
  clientId: string | undefined,
): Promise<PublishedKey[]> {
  return session.query<PublishedKey[]>(
    `SELECT a.client_id AS "clientId", k.key_id AS "keyId", k.public_key AS "publicKey",
            k.created_at AS "createdAt", k.valid_until AS "validUntil"
     FROM application_signing_key k JOIN application a ON a.id = k.application_id
     WHERE ${COUNTS} AND ($1::text IS NULL OR a.client_id = $1)
     ORDER BY k.created_at DESC, k.key_id`,
    [clientId ?? null],
  );
}
