import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SecretCipher } from '../secret.cipher.js';
import { AccessTokens } from './access-tokens.js';
import { signingKeysOf, type SigningKey } from './signing-keys.js';

const ONE = '1'.repeat(32);
const TWO = '2'.repeat(32);

const shown = (keys: readonly SigningKey[]) =>
  keys.map(({ keyId, key }) => ({ keyId, key: key.export().toString('hex') }));

const derivedFrom = (secretsKey: string, secondarySecretsKey?: string) =>
  signingKeysOf({ configured: [], secretsKey, secondarySecretsKey });

const CLAIMS = { tokenId: 't', organizationId: 'o', clientId: 'c' };

describe('the keys for access tokens', () => {
  it('are those that are configured, in their order, and then no others', () => {
    const configured = [
      { keyId: 'b', secret: 'ä'.repeat(32) },
      { keyId: 'a', secret: TWO },
    ];
    const keys = signingKeysOf({ configured, secretsKey: ONE, secondarySecretsKey: TWO });
    expect(shown(keys)).toEqual([
      { keyId: 'b', key: Buffer.from('ä'.repeat(32), 'utf8').toString('hex') },
      { keyId: 'a', key: Buffer.from(TWO).toString('hex') },
    ]);
  });

  it('are derived where none are configured: the same in every process, another from another key', () => {
    expect(shown(derivedFrom(ONE))).toEqual(shown(derivedFrom(ONE)));
    const [one] = shown(derivedFrom(ONE));
    const [two] = shown(derivedFrom(TWO));
    expect(one?.key).not.toBe(two?.key);
    expect(one?.keyId).not.toBe(two?.keyId);
    expect(Buffer.from(one?.key ?? '', 'hex')).toHaveLength(32);
  });

  it('derived, are neither SECRETS_KEY nor the key that encrypts secrets', () => {
    const [derived] = shown(derivedFrom(ONE));
    expect(derived?.keyId).not.toBe(new SecretCipher(ONE).keyId);
    expect(derived?.key).not.toBe(Buffer.from(ONE).toString('hex'));
    const idOfKey = createHash('sha256').update(Buffer.from(derived?.key ?? '', 'hex'));
    expect(idOfKey.digest('hex').slice(0, 8)).toBe(derived?.keyId);
  });

  it('derived, verify while SECRETS_KEY is exchanged, in whichever order replicas learn of it', async () => {
    const before = new AccessTokens({ keys: derivedFrom(ONE) });
    const prepared = new AccessTokens({ keys: derivedFrom(ONE, TWO) });
    const exchanged = new AccessTokens({ keys: derivedFrom(TWO, ONE) });
    const old = await before.issue(CLAIMS);
    expect(await exchanged.verify(old)).toMatchObject({ tokenId: 't' });
    expect(await prepared.verify(await exchanged.issue(CLAIMS))).toMatchObject({ tokenId: 't' });
    const after = new AccessTokens({ keys: derivedFrom(TWO) });
    await expect(after.verify(old)).rejects.toMatchObject({ code: 'invalid_token' });
  });
});
