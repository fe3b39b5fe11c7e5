import {
  ApplicationsStore,
  IntegrationDetailsQuery,
  OauthClientsOverviewQuery,
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
let query: IntegrationDetailsQuery;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  query = new IntegrationDetailsQuery(dataSource);
});
afterAll(() => database?.drop());

describe('an installation as its organization sees it', () => {
  it.each(['PRIVATE', 'PUBLIC'] as const)('has its name and the type %s', async (type) => {
    const { integrationId: id, organizationId } = await seedIntegration(dataSource, {
      type,
      name: 'the shop',
    });
    const details = { id, name: 'the shop', type };
    expect(await query.execute([id], organizationId)).toEqual([details]);
    expect(await query.execute(['x', id.toUpperCase()], organizationId)).toEqual([details]);
  });

  it('is not found by another organization, nor once it is uninstalled', async () => {
    const { integrationId, organizationId } = await seedIntegration(dataSource);
    expect(await query.execute([integrationId], 'another')).toEqual([]);
    await new OwnerStatusStore(dataSource).uninstall(integrationId);
    expect(await query.execute([integrationId], organizationId)).toEqual([]);
  });

  it.each(['', 'x', "'; drop", '\u0000', '%', '00000000-0000-4000-8000-000000000000\n'])(
    'is not found as %j',
    async (id) => {
      const { organizationId } = await seedIntegration(dataSource);
      expect(await query.execute([id], organizationId)).toEqual([]);
    },
  );
});

describe('OAuth clients as operators see them', () => {
  it('are where a client may act and where it has been, with webhooks and last token', async () => {
    const { clientId } = await new ApplicationsStore(
      dataSource,
      new SecretCipher(TEST_SECRETS_KEY),
    ).createApplication({ name: 'test', type: 'PRIVATE', scopes: [] });
    const { id: applicationId } = await database.one<{ id: string }>(
      'SELECT id FROM application WHERE client_id = $1',
      [clientId],
    );
    const clients = new OauthClientsStore(dataSource);
    const overview = new OauthClientsOverviewQuery(dataSource);
    expect(await overview.execute({ clientId })).toEqual([]);
    await clients.allow(clientId, 'o2');
    await clients.allow(clientId, 'o1');
    const integrationId = (await clients.ensure(applicationId, 'o1')) ?? '';
    await seedWebhook(dataSource, { integrationId });
    const grant = { oauthClientId: integrationId, scopes: [], grantedScopes: [] };
    await new OauthTokensStore(dataSource).issue(grant);
    const untouched = { allowed: true, installed: false, webhooks: 0, lastTokenAt: null };
    expect(await overview.execute({ clientId })).toEqual([
      {
        ...untouched,
        clientId,
        organizationId: 'o1',
        integrationId,
        webhooks: 1,
        lastTokenAt: expect.any(Date),
      },
      { ...untouched, clientId, organizationId: 'o2', integrationId: null },
    ]);
    await clients.disallow(clientId, 'o1');
    expect(await overview.execute({ clientId, organizationId: 'o1' })).toMatchObject([
      { integrationId, allowed: false, installed: false, webhooks: 0 },
    ]);
    expect(await overview.execute({ organizationId: 'nowhere' })).toEqual([]);
  });
});
