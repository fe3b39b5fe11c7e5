import { randomUUID } from 'node:crypto';
import {
  ApplicationsStore,
  DeliveryKeysQuery,
  ClientSecretsStore,
  SecretCipher,
} from '@app/applications';
import type { DataSource } from '@app/database';
import { type TestDatabase, createTestDatabase } from '@app/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';

const OLD_KEY = 'the key before, of more than 32 characters';
const NEW_KEY = 'the next key, which has more than 32 characters';
const LOST_KEY = 'a key that nobody has any more, 32 characters';

const oldCipher = new SecretCipher(OLD_KEY);
const newCipher = new SecretCipher(NEW_KEY);
const swapped = { SECRETS_KEY: NEW_KEY, SECRETS_KEY_SECONDARY: OLD_KEY };
const reencrypt = ['secret', 'reencrypt'];

describe('secret reencrypt', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let cli: CliProcess;
  beforeAll(() => buildProgram(), 180_000);
  // It is about every application there is, so each test has a database of its own.
  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = await database.dataSource();
    cli = new CliProcess(database.url);
  });
  afterEach(() => database.drop());

  it('leaves every secret readable with the new key alone, former ones as well', async () => {
    const before = await create(oldCipher);
    const secretsStore = new ClientSecretsStore(dataSource, oldCipher);
    const rotated = await secretsStore.rotate(before.clientId, 3_600_000);
    const latest = await create(newCipher);
    const counts = { reencrypted: 1, untouched: 1, keyId: newCipher.keyId };
    expect(await cli.json(reencrypt, swapped)).toEqual(counts);

    expect(await signing(newCipher, before.applicationId)).toBe(before.clientSecret);
    expect(await signing(newCipher, latest.applicationId)).toBe(latest.clientSecret);
    const secrets = ['application', 'secrets', '--client-id', before.clientId];
    expect(await cli.json(secrets, { SECRETS_KEY: NEW_KEY })).toMatchObject([
      { secret: 'current', keyId: newCipher.keyId },
      { secret: 'former', keyId: newCipher.keyId },
    ]);
    await secretsStore.endFormer(before.clientId);
    expect(await signing(newCipher, before.applicationId)).toBe(rotated.clientSecret);
    await expect(signing(oldCipher, before.applicationId)).rejects.toThrow('cannot be decrypted');

    const again = await cli.json(reencrypt, { SECRETS_KEY: NEW_KEY });
    expect(again).toEqual({ ...counts, reencrypted: 0, untouched: 2 });
  });

  it('says in words what it did, and no secret', async () => {
    const { clientSecret } = await create(oldCipher);
    const { code, stdout, stderr } = await cli.run(reencrypt, swapped);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(
        `^reencrypted: 1\nuntouched: 0\nkeyId: ${newCipher.keyId}\n\nEvery client secret is`,
      ),
    );
    expect(stdout).not.toContain(clientSecret);
  });

  it('says which secret neither key opens and what to do, and has kept it', async () => {
    const { applicationId } = await create(new SecretCipher(LOST_KEY));
    const lostId = new SecretCipher(LOST_KEY).keyId;
    expect(await cli.run(reencrypt, swapped)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `error: the secret stored for ${applicationId} cannot be decrypted: it was encrypted ` +
        `with key ${lostId}, the configured SECRETS_KEY gives ${oldCipher.keyId} and ${newCipher.keyId}; ` +
        'set SECRETS_KEY_SECONDARY to the key that it was encrypted with and run this again; where that ' +
        'key is lost, replace the secret with `application rotate-secret --overlap 0`\n',
    });
    const found = { SECRETS_KEY: NEW_KEY, SECRETS_KEY_SECONDARY: LOST_KEY };
    expect(await cli.json(reencrypt, found)).toMatchObject({ reencrypted: 1 });
  });

  it('goes on after a secret that is lost was replaced, as its error says', async () => {
    const { clientId, applicationId } = await create(new SecretCipher(LOST_KEY));
    const rotate = ['application', 'rotate-secret', '--client-id', clientId, '--overlap', '0'];
    const { clientSecret } = await cli.json<{ clientSecret: string }>(rotate, swapped);
    expect(await cli.json(reencrypt, swapped)).toMatchObject({ reencrypted: 0, untouched: 1 });
    expect(await signing(newCipher, applicationId)).toBe(clientSecret);
  });

  it('shows the progress of a long run on standard error, and on standard output JSON alone', async () => {
    await createMany(1_001);
    const { code, stdout, stderr } = await cli.run([...reencrypt, '--json'], swapped);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '1000 applications looked at\n' });
    expect(JSON.parse(stdout)).toMatchObject({ reencrypted: 1_001, untouched: 0 });
  });

  function create(cipher: SecretCipher) {
    const store = new ApplicationsStore(dataSource, cipher);
    return store.createApplication({ name: 'shop', type: 'PRIVATE', scopes: [] });
  }

  async function createMany(count: number): Promise<void> {
    const ids = Array.from({ length: count }, () => randomUUID());
    await database.query(
      `INSERT INTO application (id, name, client_id, client_secret, type)
       SELECT id, 'shop', id::text, secret, 'PRIVATE' FROM unnest($1::uuid[], $2::text[]) AS a (id, secret)`,
      [ids, ids.map((id) => oldCipher.encrypt(id, 'secret'))],
    );
  }

  /** What a service with this key alone signs with. */
  async function signing(cipher: SecretCipher, applicationId: string): Promise<string> {
    const key = await new DeliveryKeysQuery(dataSource, cipher).execute(applicationId);
    return key.secret.export().toString();
  }
});
