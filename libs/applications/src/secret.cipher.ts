import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { SecretUnreadableError } from './applications.errors.js';

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

interface MasterKey {
  readonly id: string;
  readonly key: Buffer;
}

/**
 * Encrypts client secrets at rest with AES-256-GCM (NIST SP 800-38D), bound to the application they
 * belong to: a ciphertext copied to another row does not decrypt.
 *
 * Stored form: `v1:<key id>:<Base64 of iv, tag, ciphertext>`. A key is derived from SECRETS_KEY by
 * HKDF-SHA256 (RFC 5869), so any long random string will do; its id is derived as well, so that an
 * id never stands for two keys. While keys are exchanged a second one decrypts besides.
 */
export class SecretCipher {
  private readonly current: MasterKey;
  private readonly keys: ReadonlyMap<string, Buffer>;

  /** `secondary`: SECRETS_KEY_SECONDARY, which only decrypts. */
  constructor(secretsKey: string, secondary?: string) {
    this.current = masterKey(secretsKey);
    const others = secondary === undefined ? [] : [masterKey(secondary)];
    this.keys = new Map([...others, this.current].map(({ id, key }) => [id, key]));
  }

  /** The id of the key that encrypts. */
  get keyId(): string {
    return this.current.id;
  }

  encrypt(applicationId: string, secret: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.current.key, iv, {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(Buffer.from(applicationId));
    const encrypted = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    const sealed = Buffer.concat([iv, cipher.getAuthTag(), encrypted]);
    return `${VERSION}:${this.current.id}:${sealed.toString('base64')}`;
  }

  /** Throws {@link SecretUnreadableError}, which never contains the secret or the key. */
  decrypt(applicationId: string, stored: string): string {
    const [version, keyId, sealed] = stored.split(':');
    if (version !== VERSION || keyId === undefined || sealed === undefined) {
      throw new SecretUnreadableError(applicationId, 'the stored value has an unknown form');
    }
    const key = this.keys.get(keyId);
    if (!key) {
      const ours = [...this.keys.keys()].join(' and ');
      throw new SecretUnreadableError(
        applicationId,
        `it was encrypted with key ${keyId}, the configured SECRETS_KEY gives ${ours}`,
      );
    }
    try {
      return open(key, applicationId, Buffer.from(sealed, 'base64'));
    } catch {
      throw new SecretUnreadableError(applicationId, 'the stored value was altered');
    }
  }
}

function masterKey(secretsKey: string): MasterKey {
  const key = Buffer.from(hkdfSync('sha256', secretsKey, '', 'client secrets at rest', 32));
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key };
}

function open(key: Buffer, applicationId: string, bytes: Buffer): string {
  const iv = bytes.subarray(0, IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(applicationId));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8');
  return text + decipher.final('utf8');
}
