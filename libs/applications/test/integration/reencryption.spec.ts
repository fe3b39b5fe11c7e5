import { randomUUID } from 'node:crypto';
import {
  DeliveryKeysQuery,
  ClientSecretsStore,
  SecretCipher,
  SecretUnreadableError,
} from '@app/applications';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const FORMER = 'f'.repeat(32);
const CURRENT = 'c'.repeat(32);
const former = new SecretCipher(FORMER);
const exchanging = new SecretCipher(CURRENT, FORMER);
const current = new SecretCipher(CURRENT);
const stranger = new SecretCipher('s'.repeat(32));

/** The last of all in the order of ids. */
const LAST = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

let database: TestDatabase;
let dataSource: DataSource;
let store: ClientSecretsStore;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  store = new ClientSecretsStore(dataSource, exchanging);
});
afterAll(() => database?.drop());
afterEach(() => database.query('DELETE FROM application'));

/** Secrets are their application's id, so that each can be told from every other. */
async function seed(ids: readonly string[], cipher: SecretCipher): Promise<void> {
  await database.query(
    `INSERT INTO application (id, name, client_id, client_secret, type)
     SELECT id, 'test', id::text, secret, 'PUBLIC' FROM unnest($1::uuid[], $2::text[]) AS a (id, secret)`,
    [ids, ids.map((id) => cipher.encrypt(id, id))],
  );
}

const ids = (count: number) => Array.from({ length: count }, () => randomUUID());

async function expectReadableWithCurrentKeyAlone(all: readonly string[]): Promise<void> {
  const query = new DeliveryKeysQuery(dataSource, current);
  const read = await Promise.all(all.map((id) => query.execute(id)));
  expect(read.map((key) => key.secret.export().toString())).toEqual(all);
}

const reencrypt = () => store.reencrypt(() => undefined);

describe('exchanging the master key', () => {
  it('encrypts every secret again that the former one encrypts, in parts, and tells of each', async () => {
    const [old, done] = [ids(230), ids(20)];
    await seed(old, former);
    await seed(done, exchanging);
    const seen: number[] = [];
    expect(await store.reencrypt((count) => seen.push(count))).toEqual({
      reencrypted: 230,
      untouched: 20,
    });
    expect(seen).toEqual([100, 200, 250, 250]);
    await expectReadableWithCurrentKeyAlone([...old, ...done]);
    expect(await reencrypt()).toEqual({ reencrypted: 0, untouched: 250 });
  });

  it('includes the former secret of one that is being replaced', async () => {
    const [id = ''] = ids(1);
    await seed([id], former);
    const secrets = new ClientSecretsStore(dataSource, exchanging);
    await secrets.rotate(id, 3_600_000);
    expect((await secrets.validity(id)).map(({ keyId }) => keyId)).toEqual([
      current.keyId,
      former.keyId,
    ]);
    expect(await reencrypt()).toEqual({ reencrypted: 1, untouched: 0 });
    expect((await secrets.validity(id)).map(({ keyId }) => keyId)).toEqual([
      current.keyId,
      current.keyId,
    ]);
    await expectReadableWithCurrentKeyAlone([id]);
  });

  it('drops a former secret that has ended, even one that no key opens any more', async () => {
    const [id = ''] = ids(1);
    await seed([id], former);
    await database.query(
      `UPDATE application SET former_client_secret = $2, former_valid_until = clock_timestamp() WHERE id = $1`,
      [id, stranger.encrypt(id, id)],
    );
    expect(await reencrypt()).toEqual({ reencrypted: 1, untouched: 0 });
    const left = 'SELECT former_client_secret, former_valid_until FROM application';
    expect(await database.one(left)).toEqual({
      former_client_secret: null,
      former_valid_until: null,
    });
    await expectReadableWithCurrentKeyAlone([id]);
  });

  it('leaves a ciphertext of the current key as it is', async () => {
    const [id = ''] = ids(1);
    await seed([id], exchanging);
    const stored = () => database.query('SELECT client_secret FROM application');
    const before = await stored();
    await reencrypt();
    expect(await stored()).toEqual(before);
  });

  it('that meets a secret which neither key opens names it; what is done stays done, and it can be run again', async () => {
    const old = ids(150);
    await seed(old, former);
    await seed([LAST], stranger);
    const seen: number[] = [];
    const running = store.reencrypt((count) => seen.push(count));
    await expect(running).rejects.toBeInstanceOf(SecretUnreadableError);
    await expect(running).rejects.toThrow(LAST);
    expect(seen).toEqual([100]);
    const { done } = await database.one<{ done: number }>(
      `SELECT count(*)::integer AS done FROM application WHERE client_secret LIKE $1`,
      [`v2:${current.keyId}:%`],
    );
    expect(done).toBe(100);

    await database.query('UPDATE application SET client_secret = $2 WHERE id = $1', [
      LAST,
      former.encrypt(LAST, LAST),
    ]);
    expect(await reencrypt()).toEqual({ reencrypted: 51, untouched: 100 });
    await expectReadableWithCurrentKeyAlone([...old, LAST]);
  });

  it('does not lose a replacement that is made at the same time', async () => {
    const [id = ''] = ids(1);
    await seed([id], former);
    const holder = await database.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM application FOR NO KEY UPDATE');
    const named = await database.dataSource(undefined, { applicationName: 'reencrypt' });
    const running = new ClientSecretsStore(named, exchanging).reencrypt(() => undefined);
    await database.waitingForLock('reencrypt');
    await holder.query('UPDATE application SET client_secret = $2 WHERE id = $1', [
      id,
      exchanging.encrypt(id, 'the new secret'),
    ]);
    await holder.query('COMMIT');
    expect(await running).toEqual({ reencrypted: 0, untouched: 1 });
    const key = await new DeliveryKeysQuery(dataSource, current).execute(id);
    expect(key.secret.export().toString()).toBe('the new secret');
  });
});
