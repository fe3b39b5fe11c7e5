import {
  ApplicationNotFoundError,
  ApplicationsStore,
  ClientAuthenticator,
  ClientCredentialsQuery,
  DeliveryKeysQuery,
  ClientSecretsStore,
  OauthError,
  RotationUnderWayError,
  SecretCipher,
  SecretUnreadableError,
} from '@app/applications';
import { createTestDatabase, waitFor, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const HOUR_MS = 3_600_000;
const cipher = new SecretCipher('k'.repeat(32));

let database: TestDatabase;
let dataSource: DataSource;
let store: ClientSecretsStore;
let authenticator: ClientAuthenticator;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  store = new ClientSecretsStore(dataSource, cipher);
  authenticator = new ClientAuthenticator(new ClientCredentialsQuery(dataSource), cipher);
});
afterAll(() => database?.drop());

const create = () =>
  new ApplicationsStore(dataSource, cipher).createApplication({
    name: 'shop',
    type: 'PRIVATE',
    scopes: ['view'],
  });

const textOf = async (query: DeliveryKeysQuery, applicationId: string) =>
  (await query.execute(applicationId)).secret.export().toString('utf8');

/** As a replica sees it that has not asked before. */
const signing = (applicationId: string) =>
  textOf(new DeliveryKeysQuery(dataSource, cipher), applicationId);

async function isAccepted(clientId: string, clientSecret: string): Promise<boolean> {
  try {
    return (await authenticator.authenticate(clientId, clientSecret)).clientId === clientId;
  } catch (error) {
    if (error instanceof OauthError && error.code === 'invalid_client') return false;
    throw error;
  }
}

const endOverlapNow = (clientId: string) =>
  database.query(
    'UPDATE application SET former_valid_until = clock_timestamp() WHERE client_id = $1',
    [clientId],
  );

describe('a client secret that is replaced', () => {
  it('counts also while the former one cannot be read any more', async () => {
    const { applicationId, clientId, clientSecret: former } = await create();
    const { clientSecret } = await store.rotate(clientId, HOUR_MS);
    const unreadable = new SecretCipher('x'.repeat(32)).encrypt(applicationId, former);
    await database.query('UPDATE application SET former_client_secret = $2 WHERE client_id = $1', [
      clientId,
      unreadable,
    ]);
    expect(await isAccepted(clientId, clientSecret)).toBe(true);
    await expect(isAccepted(clientId, former)).rejects.toBeInstanceOf(SecretUnreadableError);
  });

  it('goes on signing until its end, while both are accepted; then the new one does alone', async () => {
    const { applicationId, clientId, clientSecret: former } = await create();
    expect(await signing(applicationId)).toBe(former);
    const { clientSecret, signsFrom } = await store.rotate(clientId, HOUR_MS);
    expect(clientSecret).not.toBe(former);
    expect(Buffer.from(clientSecret, 'base64url')).toHaveLength(32);
    expect(Math.abs(signsFrom.getTime() - Date.now() - HOUR_MS)).toBeLessThan(60_000);

    expect(await signing(applicationId)).toBe(former);
    expect(await isAccepted(clientId, former)).toBe(true);
    expect(await isAccepted(clientId, clientSecret)).toBe(true);

    await endOverlapNow(clientId);
    expect(await signing(applicationId)).toBe(clientSecret);
    expect(await isAccepted(clientId, former)).toBe(false);
    expect(await isAccepted(clientId, clientSecret)).toBe(true);
  });

  it('is forgotten by a replica that keeps it when its end comes, and not only half a minute later', async () => {
    const { applicationId, clientId, clientSecret: former } = await create();
    const { clientSecret } = await store.rotate(clientId, 2_000);
    const query = new DeliveryKeysQuery(dataSource, cipher);
    expect(await textOf(query, applicationId)).toBe(former);
    await waitFor(async () => (await textOf(query, applicationId)) === clientSecret);
  });

  it('is kept by a replica for as long as nothing is known to end', async () => {
    const { applicationId, clientId, clientSecret: former } = await create();
    const query = new DeliveryKeysQuery(dataSource, cipher);
    expect(await textOf(query, applicationId)).toBe(former);
    await store.rotate(clientId, 0);
    expect(await textOf(query, applicationId)).toBe(former);
  });

  it('without an overlap ends at once', async () => {
    const { applicationId, clientId, clientSecret: former } = await create();
    const { clientSecret, signsFrom } = await store.rotate(clientId, 0);
    expect(Math.abs(signsFrom.getTime() - Date.now())).toBeLessThan(60_000);
    expect(await signing(applicationId)).toBe(clientSecret);
    expect(await isAccepted(clientId, former)).toBe(false);
    expect(await isAccepted(clientId, clientSecret)).toBe(true);
    const stored = await database.one(
      'SELECT former_client_secret, former_valid_until FROM application WHERE client_id = $1',
      [clientId],
    );
    expect(stored).toEqual({ former_client_secret: null, former_valid_until: null });
  });

  it('is stored encrypted, like the new one', async () => {
    const { applicationId, clientId, clientSecret: former } = await create();
    const { clientSecret } = await store.rotate(clientId, HOUR_MS);
    const row = await database.one<{ client_secret: string; former_client_secret: string }>(
      'SELECT client_secret, former_client_secret FROM application WHERE client_id = $1',
      [clientId],
    );
    expect(cipher.decrypt(applicationId, row.client_secret)).toBe(clientSecret);
    expect(cipher.decrypt(applicationId, row.former_client_secret)).toBe(former);
  });
});

describe('a second replacement', () => {
  it.each([HOUR_MS, 0])('is refused while one is under way (overlap %i)', async (overlapMs) => {
    const { clientId } = await create();
    const { clientSecret, signsFrom } = await store.rotate(clientId, HOUR_MS);
    const rotating = store.rotate(clientId, overlapMs);
    await expect(rotating).rejects.toBeInstanceOf(RotationUnderWayError);
    await expect(rotating).rejects.toMatchObject({ formerValidUntil: signsFrom });
    expect(await isAccepted(clientId, clientSecret)).toBe(true);
  });

  it('works after the end of the first', async () => {
    const { clientId, clientSecret: first } = await create();
    const { clientSecret: second } = await store.rotate(clientId, HOUR_MS);
    await endOverlapNow(clientId);
    const { clientSecret: third } = await store.rotate(clientId, HOUR_MS);
    const accepted = [];
    for (const each of [first, second, third]) accepted.push(await isAccepted(clientId, each));
    expect(accepted).toEqual([false, true, true]);
  });

  it('at the same time loses, whoever of the two is first', async () => {
    const { clientId } = await create();
    const session = await database.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM application WHERE client_id = $1 FOR UPDATE', [clientId]);
    const names = ['one rotation', 'another rotation'];
    const stores = await Promise.all(
      names.map(
        async (applicationName) =>
          new ClientSecretsStore(await database.dataSource(undefined, { applicationName }), cipher),
      ),
    );
    const rotating = Promise.allSettled(stores.map((each) => each.rotate(clientId, HOUR_MS)));
    for (const name of names) await database.waitingForLock(name);
    await session.query('COMMIT');
    const all = await rotating;
    const won = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(won).toHaveLength(1);
    expect(await isAccepted(clientId, won[0]?.clientSecret ?? '')).toBe(true);
    const lost: unknown[] = all.flatMap((each): unknown[] =>
      each.status === 'rejected' ? [each.reason] : [],
    );
    expect(lost).toEqual([expect.any(RotationUnderWayError)]);
  });
});

describe('ending the former secret early', () => {
  it('leaves the new one alone, and says whether there was one to end', async () => {
    const { applicationId, clientId, clientSecret: former } = await create();
    expect(await store.endFormer(clientId)).toBe(false);
    const { clientSecret } = await store.rotate(clientId, HOUR_MS);
    expect(await store.endFormer(clientId)).toBe(true);
    expect(await store.endFormer(clientId)).toBe(false);
    expect(await signing(applicationId)).toBe(clientSecret);
    expect(await isAccepted(clientId, former)).toBe(false);
  });

  it('is nothing to tell of where it has ended by itself', async () => {
    const { clientId } = await create();
    await store.rotate(clientId, HOUR_MS);
    await endOverlapNow(clientId);
    expect(await store.endFormer(clientId)).toBe(false);
  });
});

describe('what operators see of secrets', () => {
  it('is when each counts and which one signs, and no secret', async () => {
    const { clientId, clientSecret: former } = await create();
    const { keyId } = cipher;
    const alone = { secret: 'current', signs: true, validUntil: null, keyId };
    expect(await store.validity(clientId)).toEqual([alone]);

    const { clientSecret, signsFrom } = await store.rotate(clientId, HOUR_MS);
    const both = await store.validity(clientId);
    expect(both).toEqual([
      { ...alone, signs: false },
      { secret: 'former', signs: true, validUntil: signsFrom, keyId },
    ]);
    for (const secret of [former, clientSecret]) {
      expect(JSON.stringify(both)).not.toContain(secret);
    }
    await endOverlapNow(clientId);
    expect(await store.validity(clientId)).toEqual([alone]);
  });
});

describe('an application that does not exist', () => {
  it('has no secret to replace, to end, or to look at', async () => {
    const calls = [store.rotate('?', 0), store.endFormer('?'), store.validity('?')];
    for (const each of await Promise.allSettled(calls)) {
      expect(each).toMatchObject({ reason: expect.any(ApplicationNotFoundError) });
    }
  });
});

describe('a client that authenticates', () => {
  it('is refused with another secret, with that of another client, and unknown, all in the same words', async () => {
    const [one, two] = [await create(), await create()];
    const attempts: [string, string][] = [
      [one.clientId, `${one.clientSecret}x`],
      [one.clientId, two.clientSecret],
      [one.clientId, ''],
      ['unknown', one.clientSecret],
      ['unknown', 'no client has this secret'],
    ];
    for (const [clientId, clientSecret] of attempts) {
      await expect(authenticator.authenticate(clientId, clientSecret)).rejects.toThrow(
        new OauthError('invalid_client', 'client_id or client_secret is wrong'),
      );
    }
    expect(await isAccepted(two.clientId, two.clientSecret)).toBe(true);
  });
});
