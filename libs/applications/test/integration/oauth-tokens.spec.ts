import { OauthClientsStore, OauthTokensStore, REFRESH_TOKEN_SECONDS } from '@app/applications';
import { createTestDatabase, seedIntegration, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let database: TestDatabase;
let dataSource: DataSource;
let store: OauthTokensStore;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  store = new OauthTokensStore(dataSource);
});
afterAll(() => database?.drop());

interface Client {
  readonly applicationId: string;
  readonly clientId: string;
  readonly organizationId: string;
  readonly oauthClientId: string;
}

async function newClient(): Promise<Client> {
  const { applicationId, clientId, organizationId } = await seedIntegration(dataSource);
  const oauthClientId = await new OauthClientsStore(dataSource).ensure(
    applicationId,
    organizationId,
  );
  if (oauthClientId === undefined) throw new Error('no client');
  return { applicationId, clientId, organizationId, oauthClientId };
}

const SCOPES = { scopes: ['view'], grantedScopes: ['view', 'edit'] };

const grantOf = ({ oauthClientId }: Client) => ({ oauthClientId, ...SCOPES });

const refresh = (client: Client, refreshToken: string, by = store) =>
  by.refresh(refreshToken, client.applicationId, () => grantOf(client));

/** A token that must have been exchanged. */
async function refreshed(client: Client, refreshToken: string) {
  const next = await refresh(client, refreshToken);
  if (!next) throw new Error('the refresh token was refused');
  return next;
}

async function liveTokens({ oauthClientId }: Client): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    'SELECT id FROM oauth_token WHERE oauth_client_id = $1 AND revoked_at IS NULL ORDER BY issued_at',
    [oauthClientId],
  );
  return rows.map((row) => row.id);
}

const named = async (applicationName: string) =>
  new OauthTokensStore(await database.dataSource(undefined, { applicationName }));

describe('a refresh token', () => {
  it('is stored as its hash alone, and lasts a day', async () => {
    const client = await newClient();
    const { tokenId, refreshToken } = await store.issue(grantOf(client));
    const row = await database.one(
      `SELECT *, extract(epoch FROM refresh_expires_at - issued_at)::float8 AS seconds
       FROM oauth_token WHERE id = $1`,
      [tokenId],
    );
    expect(row).toMatchObject({ scopes: ['view'], granted_scopes: ['view', 'edit'] });
    expect(REFRESH_TOKEN_SECONDS).toBe(86_400);
    expect(Math.abs(Number(row.seconds) - 86_400)).toBeLessThan(1);
    expect(JSON.stringify(row)).not.toContain(refreshToken);
  });

  it('is exchanged for the next, of the same client, as is decided', async () => {
    const client = await newClient();
    const { refreshToken } = await store.issue(grantOf(client));
    const decided = { oauthClientId: client.oauthClientId, scopes: [], grantedScopes: ['x'] };
    const seen: unknown[] = [];
    const next = await store.refresh(refreshToken, client.applicationId, (token) => {
      seen.push(token);
      return decided;
    });
    const { organizationId, oauthClientId } = client;
    expect(seen).toEqual([{ oauthClientId, organizationId, grantedScopes: ['view', 'edit'] }]);
    expect(next).toMatchObject({ organizationId, grant: decided });
    const row = await database.one('SELECT * FROM oauth_token WHERE id = $1', [next?.tokenId]);
    expect(row).toMatchObject({ scopes: [], granted_scopes: ['x'], refreshed_at: null });
    expect(await refreshed(client, next?.refreshToken ?? '')).toBeDefined();
  });

  it('works once; used again it ends every token of its grant, and of no other', async () => {
    const client = await newClient();
    const other = await store.issue(grantOf(client));
    const first = await store.issue(grantOf(client));
    const second = await refreshed(client, first.refreshToken);
    const third = await refreshed(client, second.refreshToken);
    expect(await liveTokens(client)).toContain(third.tokenId);
    expect(await refresh(client, first.refreshToken)).toBeUndefined();
    expect(await liveTokens(client)).toEqual([other.tokenId]);
    expect(await refresh(client, third.refreshToken)).toBeUndefined();
    expect(await refresh(client, other.refreshToken)).toBeDefined();
  });

  it('is not used by a decision against it', async () => {
    const client = await newClient();
    const { refreshToken } = await store.issue(grantOf(client));
    const refused = store.refresh(refreshToken, client.applicationId, () => {
      throw new Error('not like this');
    });
    await expect(refused).rejects.toThrow('not like this');
    expect(await refresh(client, refreshToken)).toBeDefined();
  });

  it('is nothing to another application, and nothing happens to it there', async () => {
    const [client, other] = [await newClient(), await newClient()];
    const { refreshToken } = await store.issue(grantOf(client));
    expect(await refresh(other, refreshToken)).toBeUndefined();
    const next = await refreshed(client, refreshToken);
    expect(await refresh(other, refreshToken)).toBeUndefined();
    expect(await liveTokens(client)).toContain(next.tokenId);
  });

  it.each<[string, string]>([
    ['has expired', 'UPDATE oauth_token SET refresh_expires_at = clock_timestamp() WHERE id = $1'],
    ['was revoked', 'UPDATE oauth_token SET revoked_at = clock_timestamp() WHERE id = $1'],
    [
      'is of a client that lost its right',
      `UPDATE oauth_client SET withdrawn_at = clock_timestamp()
       WHERE id = (SELECT oauth_client_id FROM oauth_token WHERE id = $1)`,
    ],
  ])('that %s is refused', async (_, sql) => {
    const client = await newClient();
    const { tokenId, refreshToken } = await store.issue(grantOf(client));
    await database.query(sql, [tokenId]);
    expect(await refresh(client, refreshToken)).toBeUndefined();
  });

  it.each(['', 'unknown', '\u0000', 'x'.repeat(10_000)])(
    'is refused where it is "%.20s"',
    async (text) => {
      expect(await refresh(await newClient(), text)).toBeUndefined();
    },
  );
});

describe('two who present the same refresh token at the same time', () => {
  /** The first one stops before it is done, holding whatever it holds, until `session` commits. */
  async function heldUp(client: Client, applicationName: string) {
    const { tokenId, refreshToken } = await store.issue(grantOf(client));
    const session = await database.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM oauth_token WHERE id = $1 FOR UPDATE', [tokenId]);
    const first = refresh(client, refreshToken, await named(applicationName));
    await database.waitingForLock(applicationName);
    return { first, refreshToken, session };
  }

  it('end all tokens: nobody knows who of them is the thief', async () => {
    const client = await newClient();
    const { first, refreshToken, session } = await heldUp(client, 'first of two');
    const second = refresh(client, refreshToken, await named('second of two'));
    await database.waitingForLock('second of two');
    await session.query('COMMIT');
    expect(await first).toBeDefined();
    expect(await second).toBeUndefined();
    expect(await liveTokens(client)).toEqual([]);
  });

  it('in whatever number, at most one gets the next, and none of it counts', async () => {
    const client = await newClient();
    const { refreshToken } = await store.issue(grantOf(client));
    const all = await Promise.all(Array.from({ length: 10 }, () => refresh(client, refreshToken)));
    expect(all.filter((each) => each !== undefined)).toHaveLength(1);
    expect(await liveTokens(client)).toEqual([]);
  });

  it('where one reuses an old token while the next is exchanged, leave none', async () => {
    const client = await newClient();
    const first = await store.issue(grantOf(client));
    const second = await refreshed(client, first.refreshToken);
    const session = await database.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM oauth_token WHERE id = $1 FOR UPDATE', [second.tokenId]);
    const exchanging = refresh(client, second.refreshToken, await named('exchanges'));
    await database.waitingForLock('exchanges');
    const reusing = refresh(client, first.refreshToken, await named('reuses'));
    await database.waitingForLock('reuses');
    await session.query('COMMIT');
    expect(await exchanging).toBeDefined();
    expect(await reusing).toBeUndefined();
    expect(await liveTokens(client)).toEqual([]);
  });
});

describe('revoking', () => {
  it('ends the tokens of an application in one organization, or in all, and counts them', async () => {
    const [client, other] = [await newClient(), await newClient()];
    const elsewhere = await newClient();
    await database.query('UPDATE oauth_client SET app_id = $2 WHERE id = $1', [
      elsewhere.oauthClientId,
      client.applicationId,
    ]);
    for (const each of [client, client, elsewhere, other]) await store.issue(grantOf(each));
    const { applicationId, organizationId } = client;
    expect(await store.revoke(applicationId, 'nowhere')).toBe(0);
    expect(await store.revoke(applicationId, organizationId)).toBe(2);
    expect(await liveTokens(client)).toEqual([]);
    expect(await liveTokens(elsewhere)).toHaveLength(1);
    expect(await store.revoke(applicationId, undefined)).toBe(1);
    expect(await liveTokens(elsewhere)).toEqual([]);
    expect(await liveTokens(other)).toHaveLength(1);
  });

  it('counts none that has ended', async () => {
    const client = await newClient();
    const { tokenId } = await store.issue(grantOf(client));
    await database.query(
      'UPDATE oauth_token SET refresh_expires_at = clock_timestamp() WHERE id = $1',
      [tokenId],
    );
    expect(await store.revoke(client.applicationId, undefined)).toBe(0);
  });

  it('while a token is exchanged leaves none, whichever is first', async () => {
    const client = await newClient();
    const { tokenId, refreshToken } = await store.issue(grantOf(client));
    const session = await database.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM oauth_token WHERE id = $1 FOR UPDATE', [tokenId]);
    const exchanging = refresh(client, refreshToken, await named('is exchanging'));
    await database.waitingForLock('is exchanging');
    const revoking = (await named('is revoking')).revoke(client.applicationId, undefined);
    await database.waitingForLock('is revoking');
    await session.query('COMMIT');
    await Promise.all([exchanging, revoking]);
    expect(await liveTokens(client)).toEqual([]);
  });

  it('that was first refuses the exchange', async () => {
    const client = await newClient();
    const { tokenId, refreshToken } = await store.issue(grantOf(client));
    const session = await database.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM oauth_token WHERE id = $1 FOR UPDATE', [tokenId]);
    const revoking = (await named('revokes first')).revoke(client.applicationId, undefined);
    await database.waitingForLock('revokes first');
    const exchanging = refresh(client, refreshToken, await named('exchanges second'));
    await database.waitingForLock('exchanges second');
    await session.query('COMMIT');
    expect(await revoking).toBe(1);
    expect(await exchanging).toBeUndefined();
    expect(await liveTokens(client)).toEqual([]);
  });
});

describe('revoking while a token is issued', () => {
  /** Holds up who issues a token with the scope `held`, where it is inserted and not committed. */
  async function holdUp(): Promise<() => Promise<unknown>> {
    await database.query(
      `CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
       CREATE TRIGGER held_up AFTER INSERT ON oauth_token FOR EACH ROW
         WHEN (NEW.scopes = '{held}') EXECUTE FUNCTION hold_up()`,
    );
    const session = await database.connect();
    await session.query('SELECT pg_advisory_lock(1)');
    return () => session.query('SELECT pg_advisory_unlock(1)');
  }

  it('does not miss it, where it was first', async () => {
    const client = await newClient();
    const letGo = await holdUp();
    const issuing = (await named('is issuing')).issue({ ...grantOf(client), scopes: ['held'] });
    await database.waitingForLock('is issuing');
    const revoking = (await named('revokes second')).revoke(client.applicationId, undefined);
    await Promise.race([database.waitingForLock('revokes second'), revoking]);
    await letGo();
    await issuing;
    expect(await revoking).toBe(1);
    expect(await liveTokens(client)).toEqual([]);
  });

  it('is waited for, where it was first: the token comes after it', async () => {
    const client = await newClient();
    const { tokenId: former } = await store.issue(grantOf(client));
    const session = await database.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM oauth_token WHERE id = $1 FOR UPDATE', [former]);
    const revoking = (await named('revokes before')).revoke(client.applicationId, undefined);
    await database.waitingForLock('revokes before');
    const issuing = (await named('issues after')).issue(grantOf(client));
    await database.waitingForLock('issues after');
    await session.query('COMMIT');
    expect(await revoking).toBe(1);
    const { tokenId } = await issuing;
    expect(await liveTokens(client)).toEqual([tokenId]);
  });

  it('is impossible for a client that does not exist', async () => {
    const oauthClientId = '00000000-0000-4000-8000-000000000000';
    await expect(store.issue({ oauthClientId, ...SCOPES })).rejects.toThrow('oauth_client_id');
  });
});

describe('tokens that have expired', () => {
  it('are deleted a day later, and no others', async () => {
    const client = await newClient();
    const ids: string[] = [];
    for (const age of ['1 day 1 minute', '23 hours', '-1 hour']) {
      const { tokenId } = await store.issue(grantOf(client));
      ids.push(tokenId);
      await database.query(
        'UPDATE oauth_token SET refresh_expires_at = clock_timestamp() - $2::interval WHERE id = $1',
        [tokenId, age],
      );
    }
    expect(await store.deleteExpired()).toBe(1);
    expect(await liveTokens(client)).toEqual(ids.slice(1));
    expect(await store.deleteExpired()).toBe(0);
  });

  it('are deleted to the last, 5,000 a statement, however many have piled up', async () => {
    const { oauthClientId } = await newClient();
    await database.query(
      `CREATE FUNCTION refuse_many() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF (SELECT count(*) FROM deleted) > 5000 THEN RAISE EXCEPTION 'too many at once'; END IF;
         RETURN NULL;
       END $$;
       CREATE TRIGGER refused_many AFTER DELETE ON oauth_token REFERENCING OLD TABLE AS deleted
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_many()`,
    );
    await database.query(
      `INSERT INTO oauth_token (id, family_id, oauth_client_id, scopes, granted_scopes, refresh_token_hash,
                                refresh_expires_at)
       SELECT gen_random_uuid(), gen_random_uuid(), $1, '{}', '{}', convert_to(n::text, 'UTF8'),
              clock_timestamp() - interval '2 days'
       FROM generate_series(1, 12000) AS n`,
      [oauthClientId],
    );
    expect(await store.deleteExpired()).toBe(12_000);
    const left = await database.query('SELECT FROM oauth_token WHERE oauth_client_id = $1', [
      oauthClientId,
    ]);
    expect(left).toEqual([]);
  });
});
