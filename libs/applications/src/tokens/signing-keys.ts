import { createHash, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/** A key for access tokens (HS256), with the id that their header names. */
export interface SigningKey {
  readonly keyId: string;
  readonly key: KeyObject;
}

/** A configured key: `TOKEN_SIGNING_KEYS`. */
export interface ConfiguredSigningKey {
  readonly keyId: string;
  readonly secret: string;
}

export interface SigningKeySources {
  /** The first signs, all verify. */
  readonly configured: readonly ConfiguredSigningKey[];
  readonly secretsKey: string;
  readonly secondarySecretsKey?: string | undefined;
}

/**
 * The keys for access tokens, the signing one first. Where none are configured they are derived from
 * SECRETS_KEY (and SECRETS_KEY_SECONDARY, which then verifies) by HKDF-SHA256 under a label of their
 * own, which tells nothing about the key that encrypts secrets (RFC 5869 section 3.2).
 */
export function signingKeysOf(sources: SigningKeySources): readonly SigningKey[] {
  const { configured, secretsKey, secondarySecretsKey } = sources;
  if (configured.length > 0) {
    return configured.map(({ keyId, secret }) => ({
      keyId,
      key: createSecretKey(Buffer.from(secret, 'utf8')),
    }));
  }
  const others = secondarySecretsKey === undefined ? [] : [secondarySecretsKey];
  return [secretsKey, ...others].map(derived);
}

function derived(secretsKey: string): SigningKey {
  const bytes = Buffer.from(hkdfSync('sha256', secretsKey, '', 'access tokens', 32));
  const keyId = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  return { keyId, key: createSecretKey(bytes) };
}
