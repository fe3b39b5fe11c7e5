import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { SecretUnreadableError } from './applications.errors.js';

/** Encrypted with the master key itself: as it was written before, and is still read. */
const DIRECT = 'v1';
/** Encrypted with a key of its own, which the master key encrypts. */
const ENVELOPE = 'v2';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

interface MasterKey {
  readonly id: string;
  readonly key: Buffer;
}

/**
 * Encrypts secrets at rest: each with a data key of its own, the data key with the master key (envelope
 * encryption, both AES-256-GCM, NIST SP 800-38D). Bound to what they belong to (`owner`, the id of a row): a
 * ciphertext copied to another row does not decrypt. An exchange of the master key encrypts data keys again,
 * and no secret is open meanwhile.
 *
 * Stored form: `v2:<key id>:<sealed data key>:<sealed secret>`, sealed being the Base64 of iv, tag and
 * ciphertext. The master key is derived from SECRETS_KEY by HKDF-SHA256 (RFC 5869), so any long random string
 * will do; its id is derived as well, so that an id never stands for two keys. While master keys are exchanged
 * a second one decrypts besides.
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

  encrypt(owner: string, secret: string): string {
    const bytes = Buffer.from(secret, 'utf8');
    try {
      return this.seal(owner, bytes);
    } finally {
      bytes.fill(0);
    }
  }

  /** As {@link encrypt}, of bytes. */
  seal(owner: string, secret: Buffer): string {
    const dataKey = randomBytes(KEY_BYTES);
    try {
      return this.envelope(owner, dataKey, seal(dataKey, owner, secret));
    } finally {
      dataKey.fill(0);
    }
  }

  /** Throws {@link SecretUnreadableError}, which never contains the secret or a key. */
  decrypt(owner: string, stored: string): string {
    const bytes = this.open(owner, stored);
    try {
      return bytes.toString('utf8');
    } finally {
      bytes.fill(0);
    }
  }

  /** As {@link decrypt}, in bytes that the caller overwrites with zeros as soon as it can. */
  open(owner: string, stored: string): Buffer {
    const { version, key, parts } = this.parsed(owner, stored);
    try {
      if (version === DIRECT) return unseal(key, owner, parts[0]);
      const dataKey = unseal(key, owner, parts[0]);
      try {
        return unseal(dataKey, owner, parts[1]);
      } finally {
        dataKey.fill(0);
      }
    } catch {
      throw new SecretUnreadableError(owner, 'the stored value was altered');
    }
  }

  /**
   * The same secret under the current master key; the same text where it is already. Throws
   * {@link SecretUnreadableError}.
   */
  reencrypt(owner: string, stored: string): string {
    if (stored.startsWith(`${ENVELOPE}:${this.current.id}:`)) return stored;
    const { version, key, parts } = this.parsed(owner, stored);
    if (version === DIRECT) return this.encrypt(owner, this.decrypt(owner, stored));
    try {
      const dataKey = unseal(key, owner, parts[0]);
      try {
        return this.envelope(owner, dataKey, parts[1] ?? '');
      } finally {
        dataKey.fill(0);
      }
    } catch {
      throw new SecretUnreadableError(owner, 'the stored value was altered');
    }
  }

  private envelope(owner: string, dataKey: Buffer, sealed: string): string {
    const { id, key } = this.current;
    return [ENVELOPE, id, seal(key, owner, dataKey), sealed].join(':');
  }

  private parsed(owner: string, stored: string) {
    const [version, keyId = '', ...parts] = stored.split(':');
    const isKnown =
      (version === DIRECT && parts.length === 1) || (version === ENVELOPE && parts.length === 2);
    if (!isKnown) throw new SecretUnreadableError(owner, 'the stored value has an unknown form');
    const key = this.keys.get(keyId);
    if (key) return { version, key, parts };
    const ours = [...this.keys.keys()].join(' and ');
    throw new SecretUnreadableError(
      owner,
      `it was encrypted with key ${keyId}, the configured SECRETS_KEY gives ${ours}`,
    );
  }
}

function masterKey(secretsKey: string): MasterKey {
  const key = Buffer.from(hkdfSync('sha256', secretsKey, '', 'client secrets at rest', KEY_BYTES));
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key };
}

function seal(key: Buffer, owner: string, bytes: Buffer): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(owner));
  const encrypted = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64');
}

function unseal(key: Buffer, owner: string, sealed = ''): Buffer {
  const bytes = Buffer.from(sealed, 'base64');
  const iv = bytes.subarray(0, IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(owner));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const opened = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
  return Buffer.concat([opened, decipher.final()]);
}
