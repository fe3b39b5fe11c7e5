import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SecretUnreadableError } from './applications.errors.js';
import { SecretCipher } from './secret.cipher.js';

const KEY = 'k'.repeat(32);
const APPLICATION = '6a1b3c1e-5c0b-4a52-8f44-0d9f4a1a2b3c';
const SECRET = 'a client secret of 1 müller & söhne';

const cipher = new SecretCipher(KEY);

/** The sealed parts of a stored secret. */
const DATA_KEY = 2;
const OWN = 3;

/** Changes one bit of the n-th byte (from the end where negative) of a sealed part. */
function altered(stored: string, part: number, n: number): string {
  const parts = stored.split(':');
  const bytes = Buffer.from(parts[part] ?? '', 'base64');
  const index = n < 0 ? bytes.length + n : n;
  bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
  return parts.with(part, bytes.toString('base64')).join(':');
}

/** As secrets were encrypted before each had a key of its own. */
function direct(secretsKey: string, owner: string, secret: string): string {
  const key = Buffer.from(hkdfSync('sha256', secretsKey, '', 'client secrets at rest', 32));
  const iv = randomBytes(12);
  const aes = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner));
  const encrypted = Buffer.concat([aes.update(secret, 'utf8'), aes.final()]);
  const sealed = Buffer.concat([iv, aes.getAuthTag(), encrypted]).toString('base64');
  return `v1:${new SecretCipher(secretsKey).keyId}:${sealed}`;
}

function faultOf(decrypt: () => string): SecretUnreadableError {
  try {
    decrypt();
  } catch (error) {
    if (error instanceof SecretUnreadableError) return error;
    throw error;
  }
  throw new Error('it was decrypted');
}

describe('a secret at rest', () => {
  it('is read again with the same key, also by another process', () => {
    const stored = cipher.encrypt(APPLICATION, SECRET);
    expect(new SecretCipher(KEY).decrypt(APPLICATION, stored)).toBe(SECRET);
  });

  it('shows nothing of itself, and looks different every time', () => {
    const stored = cipher.encrypt(APPLICATION, SECRET);
    for (const part of stored.split(':'))
      expect(Buffer.from(part, 'base64').toString('latin1')).not.toContain('client');
    expect(cipher.encrypt(APPLICATION, SECRET)).not.toBe(stored);
  });

  it('is not read with another key, and the error names both keys by their ids', () => {
    const stored = cipher.encrypt(APPLICATION, SECRET);
    const error = faultOf(() => new SecretCipher('x'.repeat(32)).decrypt(APPLICATION, stored));
    expect(error.message).toContain(APPLICATION);
    expect(error.message).toContain(stored.split(':')[1]);
    expect(error.message).not.toContain(KEY);
  });

  it.each([
    ['initialization vector', 0],
    ['tag', 12],
    ['ciphertext', 28],
    ['end of the ciphertext', -1],
  ])('is not read after one bit of its %s, or of that of its key, was altered', (_, index) => {
    for (const part of [DATA_KEY, OWN]) {
      const stored = altered(cipher.encrypt(APPLICATION, SECRET), part, index);
      expect(faultOf(() => cipher.decrypt(APPLICATION, stored)).message).toContain('altered');
    }
  });

  it('is not put under another key after its own was altered', () => {
    const stored = altered(cipher.encrypt(APPLICATION, SECRET), DATA_KEY, 28);
    const exchanging = new SecretCipher('x'.repeat(32), KEY);
    expect(() => exchanging.reencrypt(APPLICATION, stored)).toThrow('altered');
  });

  it('has a key of its own, so that one that comes to light opens no other', () => {
    const [one = '', other = ''] = ['one', 'other'].map((text) =>
      cipher.encrypt(APPLICATION, text),
    );
    const swapped = one
      .split(':')
      .with(DATA_KEY, other.split(':')[DATA_KEY] ?? '')
      .join(':');
    expect(faultOf(() => cipher.decrypt(APPLICATION, swapped)).message).toContain('altered');
  });

  it('is read in the form without a key of its own, too, and put into an envelope', () => {
    const stored = direct(KEY, APPLICATION, SECRET);
    expect(cipher.decrypt(APPLICATION, stored)).toBe(SECRET);
    const enveloped = cipher.reencrypt(APPLICATION, stored);
    expect(enveloped).toMatch(/^v2:/);
    expect(cipher.decrypt(APPLICATION, enveloped)).toBe(SECRET);
  });

  it('is not read in the row of another application', () => {
    const stored = cipher.encrypt(APPLICATION, SECRET);
    const other = '00000000-0000-4000-8000-000000000000';
    expect(faultOf(() => cipher.decrypt(other, stored)).message).toContain('altered');
  });

  it.each(['', 'plain text', 'v2:0:AAAA', 'v3:0:AAAA', 'v1:0:A:A', 'v1:', 'v1', 'constructor:0:A'])(
    'is not read in the form "%s"',
    (stored) => {
      expect(faultOf(() => cipher.decrypt(APPLICATION, stored)).code).toBe('secret_unreadable');
    },
  );

  it.each([0, 4, 11, 12, 20, 27])('is not read when only %i of its bytes are left', (length) => {
    for (const part of [DATA_KEY, OWN]) {
      const parts = cipher.encrypt(APPLICATION, SECRET).split(':');
      const rest = Buffer.from(parts[part] ?? '', 'base64').subarray(0, length);
      const stored = parts.with(part, rest.toString('base64')).join(':');
      expect(faultOf(() => cipher.decrypt(APPLICATION, stored)).code).toBe('secret_unreadable');
    }
  });
});

describe('while master keys are exchanged', () => {
  const NEXT = 'n'.repeat(32);
  const former = new SecretCipher(KEY);
  const both = new SecretCipher(NEXT, KEY);
  const keyIdOf = (stored: string) => stored.split(':')[1];

  it('both keys read, and the current one encrypts', () => {
    const old = former.encrypt(APPLICATION, SECRET);
    const stored = both.encrypt(APPLICATION, SECRET);
    expect(both.decrypt(APPLICATION, old)).toBe(SECRET);
    expect(both.decrypt(APPLICATION, stored)).toBe(SECRET);
    expect(new SecretCipher(NEXT).decrypt(APPLICATION, stored)).toBe(SECRET);
    expect(faultOf(() => former.decrypt(APPLICATION, stored)).code).toBe('secret_unreadable');
  });

  it('a key has one id, whether it is the current one or the secondary, and no other key has it', () => {
    expect(keyIdOf(both.encrypt(APPLICATION, SECRET))).toBe(both.keyId);
    expect(both.keyId).toBe(new SecretCipher(NEXT).keyId);
    expect(both.keyId).not.toBe(former.keyId);
    expect(former.keyId).toMatch(/^[0-9a-f]{8}$/);
    expect(KEY).not.toContain(former.keyId);
  });

  it('an exchange encrypts the key of a secret again, and leaves the secret closed', () => {
    const old = former.encrypt(APPLICATION, SECRET);
    const exchanged = both.reencrypt(APPLICATION, old);
    expect(exchanged.split(':')[OWN]).toBe(old.split(':')[OWN]);
    expect(keyIdOf(exchanged)).toBe(both.keyId);
    expect(new SecretCipher(NEXT).decrypt(APPLICATION, exchanged)).toBe(SECRET);
    expect(both.reencrypt(APPLICATION, exchanged)).toBe(exchanged);
  });

  it('the same key twice is one key', () => {
    const stored = former.encrypt(APPLICATION, SECRET);
    expect(new SecretCipher(KEY, KEY).decrypt(APPLICATION, stored)).toBe(SECRET);
  });

  it('what neither opens is refused with the id of its key and those of both', () => {
    const other = new SecretCipher('x'.repeat(32));
    const stored = other.encrypt(APPLICATION, SECRET);
    const { message } = faultOf(() => both.decrypt(APPLICATION, stored));
    expect(message).toContain(`encrypted with key ${other.keyId}`);
    expect(message).toContain(former.keyId);
    expect(message).toContain(both.keyId);
    expect(message).not.toMatch(/kkkk|nnnn/);
  });
});
