import { createPublicKey, sign, verify } from 'node:crypto';
import {
  ApplicationNotFoundError,
  ApplicationsStore,
  ClientSecretsStore,
  DeliveryKeysQuery,
  RotationUnderWayError,
  SecretCipher,
  SigningKeysStore,
  type PublishedKey,
} from '@app/applications';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const HOUR_MS = 3_600_000;
const cipher = new SecretCipher('k'.repeat(32));
const MESSAGE = Buffer.from('a message');

let database: TestDatabase;
let dataSource: DataSource;
let store: SigningKeysStore;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  store = new SigningKeysStore(dataSource, cipher);
});
afterAll(() => database?.drop());

const create = () =>
  new ApplicationsStore(dataSource, cipher).createApplication({
    name: 'shop',
    type: 'PUBLIC',
    scopes: [],
  });

/** Keys as a replica has them that has not asked before, with this master key. */
const privateKeys = async (applicationId: string, by = cipher) =>
  (await new DeliveryKeysQuery(dataSource, by).execute(applicationId)).privateKeys;

const verifies = ({ publicKey }: PublishedKey, signature: Buffer): boolean => {
  const x = publicKey.toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, MESSAGE, key, signature);
};

describe('a signing key', () => {
  it('is made once, is published, and signs', async () => {
    const { applicationId, clientId } = await create();
    expect(await privateKeys(applicationId)).toEqual([]);

    const key = await store.enable(clientId);

    expect(await store.enable(clientId)).toEqual(key);
    expect(await store.published(clientId)).toEqual([key]);
    const [own] = await privateKeys(applicationId);
    if (!own) throw new Error('there is no key');
    expect(verifies(key, sign(null, MESSAGE, own))).toBe(true);
  });

  it('is replaced by one that signs besides it until the end of the overlap', async () => {
    const { applicationId, clientId } = await create();
    const first = await store.enable(clientId);
    const second = await store.rotate(clientId, HOUR_MS);

    expect((await store.published(clientId)).map(({ keyId }) => keyId)).toEqual([
      second.keyId,
      first.keyId,
    ]);
    const signatures = (await privateKeys(applicationId)).map((key) => sign(null, MESSAGE, key));
    expect(signatures.map((signature) => verifies(second, signature))).toEqual([true, false]);
    expect(signatures.map((signature) => verifies(first, signature))).toEqual([false, true]);
    await expect(store.rotate(clientId, 0)).rejects.toBeInstanceOf(RotationUnderWayError);

    await database.query(
      'UPDATE application_signing_key SET valid_until = now() WHERE key_id = $1',
      [first.keyId],
    );
    expect(await store.published(clientId)).toMatchObject([{ keyId: second.keyId }]);
    expect(await privateKeys(applicationId)).toHaveLength(1);
  });

  it('is gone when it is disabled, and belongs to one application', async () => {
    const [one, other] = [await create(), await create()];
    const key = await store.enable(one.clientId);
    const theirs = await store.enable(other.clientId);

    expect(await store.disable(one.clientId)).toBe(true);

    expect(await store.disable(one.clientId)).toBe(false);
    expect(await privateKeys(one.applicationId)).toEqual([]);
    const all = (await store.published()).map(({ keyId }) => keyId);
    expect(all).toContain(theirs.keyId);
    expect(all).not.toContain(key.keyId);
  });

  it('lies encrypted, and goes over to another master key with the secrets', async () => {
    const next = 'n'.repeat(32);
    const { applicationId, clientId } = await create();
    await store.enable(clientId);

    const exchanging = new SecretCipher(next, 'k'.repeat(32));
    const { reencrypted } = await new ClientSecretsStore(dataSource, exchanging).reencrypt(
      () => undefined,
    );

    expect(reencrypted).toBeGreaterThan(1);
    expect(await privateKeys(applicationId, new SecretCipher(next))).toHaveLength(1);
    await expect(privateKeys(applicationId)).rejects.toThrow('cannot be decrypted');
  });

  it('of no application is refused', async () => {
    const works = [
      () => store.enable('nobody'),
      () => store.rotate('nobody', 0),
      () => store.disable('nobody'),
    ];
    for (const work of works) await expect(work()).rejects.toBeInstanceOf(ApplicationNotFoundError);
  });
});
