import {
  ApplicationNotFoundError,
  ApplicationsStore,
  NoOrganizationListError,
  OauthClientsStore,
  OauthTokensStore,
  OwnerStatusStore,
  SecretCipher,
} from '@app/applications';
import {
  createTestDatabase,
  seedIntegration,
  seedWebhook,
  TEST_SECRETS_KEY,
  type TestDatabase,
} from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let database: TestDatabase;
let dataSource: DataSource;
let clients: OauthClientsStore;
let owners: OwnerStatusStore;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  clients = new OauthClientsStore(dataSource);
  owners = new OwnerStatusStore(dataSource);
});
afterAll(() => database?.drop());

/** An application that is installed nowhere. */
const application = (type: 'PRIVATE' | 'PUBLIC' = 'PRIVATE') =>
  new ApplicationsStore(dataSource, new SecretCipher(TEST_SECRETS_KEY)).createApplication({
    name: 'test',
    type,
    scopes: [],
  });

const named = (applicationName: string) => database.dataSource(undefined, { applicationName });

const rowsOf = (applicationId: string) =>
  database.query<{ id: string; withdrawn: boolean; queue_id: string; integration_type: string }>(
    `SELECT c.id, c.withdrawn_at IS NOT NULL AS withdrawn, q.queue_id, q.integration_type
     FROM oauth_client c LEFT JOIN integration_queue q ON q.queue_id = c.id WHERE c.app_id = $1`,
    [applicationId],
  );

describe('the client of an application in an organization', () => {
  it('comes with a queue of its own, apart from that of the installation, and stays the same', async () => {
    const { applicationId, organizationId, integrationId } = await seedIntegration(dataSource);
    const id = await clients.ensure(applicationId, organizationId);
    expect(id).not.toBe(integrationId);
    expect(await clients.ensure(applicationId, organizationId)).toBe(id);
    expect(await rowsOf(applicationId)).toEqual([
      { id, withdrawn: false, queue_id: id, integration_type: 'OAUTH_CLIENT' },
    ]);
  });

  it('is one with one queue, though twenty ask for it at the same time', async () => {
    const { applicationId, organizationId } = await seedIntegration(dataSource);
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => clients.ensure(applicationId, organizationId)),
    );
    const [id] = ids;
    expect(new Set(ids)).toEqual(new Set([id]));
    expect(await rowsOf(applicationId)).toMatchObject([{ id, queue_id: id }]);
  });

  it('is another in each organization', async () => {
    const { applicationId, clientId } = await application();
    await clients.allow(clientId, 'o1');
    await clients.allow(clientId, 'o2');
    const ids = [
      await clients.ensure(applicationId, 'o1'),
      await clients.ensure(applicationId, 'o2'),
    ];
    expect(new Set(ids).size).toBe(2);
    expect(ids).not.toContain(undefined);
  });

  it('is none where the application is neither installed nor allowed', async () => {
    const { applicationId } = await application();
    await seedIntegration(dataSource, { organizationId: 'of another' });
    expect(await clients.ensure(applicationId, 'of another')).toBeUndefined();
    expect(await clients.ensure('00000000-0000-4000-8000-000000000000', 'o')).toBeUndefined();
    expect(await rowsOf(applicationId)).toEqual([]);
  });

  it('is none while the application is suspended, also where there was one', async () => {
    const known = await seedIntegration(dataSource);
    const fresh = await seedIntegration(dataSource);
    const id = await clients.ensure(known.applicationId, known.organizationId);
    for (const { clientId } of [known, fresh]) await owners.suspend(clientId);
    for (const { applicationId, organizationId } of [known, fresh]) {
      expect(await clients.ensure(applicationId, organizationId)).toBeUndefined();
    }
    await owners.resume(known.clientId);
    expect(await clients.ensure(known.applicationId, known.organizationId)).toBe(id);
  });
});

describe('the list of organizations', () => {
  it('is of PRIVATE applications alone', async () => {
    const { clientId } = await application('PUBLIC');
    for (const call of ['allow', 'disallow'] as const) {
      await expect(clients[call](clientId, 'o')).rejects.toBeInstanceOf(NoOrganizationListError);
      await expect(clients[call]('?', 'o')).rejects.toBeInstanceOf(ApplicationNotFoundError);
    }
  });

  it('has an organization once, and says whether anything was changed', async () => {
    const { clientId } = await application();
    expect(await clients.disallow(clientId, 'o')).toEqual({ changed: false, queueIds: [] });
    expect(await clients.allow(clientId, 'o')).toBe(true);
    expect(await clients.allow(clientId, 'o')).toBe(false);
    expect(await clients.disallow(clientId, 'o')).toEqual({ changed: true, queueIds: [] });
    expect(await clients.disallow(clientId, 'o')).toEqual({ changed: false, queueIds: [] });
  });

  it('gives the right while the organization is on it; without it the webhooks go', async () => {
    const { applicationId, clientId } = await application();
    await clients.allow(clientId, 'o');
    const id = await clients.ensure(applicationId, 'o');
    await seedWebhook(dataSource, { integrationId: id ?? '' });
    expect(await clients.disallow(clientId, 'o')).toEqual({ changed: true, queueIds: [id] });
    expect(await clients.ensure(applicationId, 'o')).toBeUndefined();
    expect(await rowsOf(applicationId)).toMatchObject([{ id, withdrawn: true }]);
    const active = await database.query(
      'SELECT FROM integration_webhook WHERE integration_id = $1 AND removed_at IS NULL',
      [id],
    );
    expect(active).toEqual([]);
  });

  it('does not take the right that the installation gives', async () => {
    const { applicationId, clientId, organizationId } = await seedIntegration(dataSource);
    await clients.allow(clientId, organizationId);
    const id = await clients.ensure(applicationId, organizationId);
    expect(await clients.disallow(clientId, organizationId)).toEqual({
      changed: true,
      queueIds: [],
    });
    expect(await clients.ensure(applicationId, organizationId)).toBe(id);
  });

  it('gives the same client back to who is put on it again, but none of the tokens of before', async () => {
    const { applicationId, clientId } = await application();
    await clients.allow(clientId, 'o');
    const oauthClientId = (await clients.ensure(applicationId, 'o')) ?? '';
    const tokens = new OauthTokensStore(dataSource);
    const grant = { oauthClientId, scopes: [], grantedScopes: [] };
    const before = await tokens.issue(grant);
    await clients.disallow(clientId, 'o');
    await clients.allow(clientId, 'o');
    expect(await clients.ensure(applicationId, 'o')).toBe(oauthClientId);
    expect(await rowsOf(applicationId)).toMatchObject([{ withdrawn: false }]);
    const after = await tokens.issue(grant);
    expect(await clients.ensure(applicationId, 'o')).toBe(oauthClientId);
    expect(await tokens.refresh(before.refreshToken, applicationId, () => grant)).toBeUndefined();
    const live = await database.query<{ id: string }>(
      'SELECT id FROM oauth_token WHERE oauth_client_id = $1 AND revoked_at IS NULL',
      [oauthClientId],
    );
    expect(live).toEqual([{ id: after.tokenId }]);
  });
});

describe('a client that is asked for while its installation is ended', () => {
  it('is none, where the end was first', async () => {
    const { applicationId, organizationId, integrationId } = await seedIntegration(dataSource);
    const session = await database.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM integration_queue WHERE queue_id = $1 FOR NO KEY UPDATE', [
      integrationId,
    ]);
    const ended = new OwnerStatusStore(await named('ends first')).uninstall(integrationId);
    await database.waitingForLock('ends first');
    const ensuring = new OauthClientsStore(await named('asks second'));
    const asked = ensuring.ensure(applicationId, organizationId);
    await database.waitingForLock('asks second');
    await session.query('COMMIT');
    await ended;
    expect(await asked).toBeUndefined();
    expect(await rowsOf(applicationId)).toEqual([]);
  });

  it('is withdrawn again, where it was first', async () => {
    const { applicationId, organizationId, integrationId } = await seedIntegration(dataSource);
    // Holds up the client at its insertion: the same one is being made, and is given up.
    const session = await database.connect();
    await session.query('BEGIN');
    await session.query(
      'INSERT INTO oauth_client (id, app_id, organization_id) VALUES (gen_random_uuid(), $1, $2)',
      [applicationId, organizationId],
    );
    const ensuring = new OauthClientsStore(await named('asks first'));
    const asked = ensuring.ensure(applicationId, organizationId);
    await database.waitingForLock('asks first');
    const ended = new OwnerStatusStore(await named('ends second')).uninstall(integrationId);
    await database.waitingForLock('ends second');
    await session.query('ROLLBACK');
    const id = await asked;
    expect((await ended).queueIds).toEqual([integrationId, id]);
    expect(await rowsOf(applicationId)).toMatchObject([{ id, withdrawn: true }]);
  });
});
