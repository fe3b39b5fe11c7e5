import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { SecretUnreadableError } from './applications.errors.js';

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts client secrets at rest with AES-256-GCM (NIST SP 800-38D), bound to the application they
 * belong to: a ciphertext copied to another row does not decrypt.
 *
 * Stored form: `v1:<key id>:<Base64 of iv, tag, ciphertext>`. The key is derived from SECRETS_KEY
 * by HKDF-SHA256 (RFC 5869), so any long random string will do; the key id is derived as well and
 * tells a wrong key from a damaged value.
 */
export class SecretCipher {
  private readonly key: Buffer;
  private readonly keyId: string;

  constructor(secretsKey: string) {
    this.key = Buffer.from(hkdfSync('sha256', secretsKey, '', 'client secrets at rest', 32));
    this.keyId = createHash('sha256').update(this.key).digest('hex').slice(0, 8);
  }

  encrypt(applicationId: string, secret: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(applicationId));
    const encrypted = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    const sealed = Buffer.concat([iv, cipher.getAuthTag(), encrypted]);
    return `${VERSION}:${this.keyId}:${sealed.toString('base64')}`;
  }

  /** Throws {@link SecretUnreadableError}, which never contains the secret or the key. */
  decrypt(applicationId: string, stored: string): string {
    const [version, keyId, sealed] = stored.split(':');
    if (version !== VERSION || keyId === undefined || sealed === undefined) {
      throw new SecretUnreadableError(applicationId, 'the stored value has an unknown form');
    }
    if (keyId !== this.keyId) {
      throw new SecretUnreadableError(
        applicationId,
        `it was encrypted with key ${keyId}, SECRETS_KEY gives key ${this.keyId}`,
      );
    }
    const bytes = Buffer.from(sealed, 'base64');
    try {
      const iv = bytes.subarray(0, IV_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', this.key, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(applicationId));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return (
        decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') +
        decipher.final('utf8')
      );
    } catch {
      throw new SecretUnreadableError(applicationId, 'the stored value was altered');
    }
  }
}
