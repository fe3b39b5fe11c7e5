import { createHash } from 'node:crypto';
import {
  ApplicationNotFoundError,
  ApplicationsStore,
  DeliveryKeysQuery,
  IntegrationEntity,
  SecretCipher,
  SecretUnreadableError,
} from '@app/applications';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const cipher = new SecretCipher('k'.repeat(32));

let database: TestDatabase;
let dataSource: DataSource;
let store: ApplicationsStore;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  store = new ApplicationsStore(dataSource, cipher);
});
afterAll(() => database?.drop());

const create = () =>
  store.createApplication({ name: 'shop', type: 'PUBLIC', scopes: ['edit', 'view'] });

describe('an application', () => {
  it('keeps its secret encrypted', async () => {
    const { applicationId, clientId, clientSecret } = await create();
    const stored = await database.one<{ client_secret: string }>(
      'SELECT client_secret FROM application WHERE client_id = $1',
      [clientId],
    );
    expect(stored.client_secret).not.toContain(clientSecret);
    expect(cipher.decrypt(applicationId, stored.client_secret)).toBe(clientSecret);
  });

  it('has a client id and a secret of its own', async () => {
    const [one, two] = [await create(), await create()];
    expect(two.clientId).not.toBe(one.clientId);
    expect(two.clientSecret).not.toBe(one.clientSecret);
    expect(Buffer.from(one.clientSecret, 'base64url')).toHaveLength(32);
  });
});

describe('an installation', () => {
  it('comes with its queue: idle, empty, of the organization and the application', async () => {
    const { applicationId, clientId } = await create();
    const { integrationId } = await store.installIntegration({ clientId, organizationId: 'o1' });
    const queue = await database.one('SELECT * FROM integration_queue WHERE integration_id = $1', [
      integrationId,
    ]);
    expect(queue).toMatchObject({
      queue_id: integrationId,
      application_id: applicationId,
      organization_id: 'o1',
      lane: 0,
      status: 'HEALTHY',
      head_seq: '1',
      tail_seq: '0',
      lease_token: '0',
      attempts: 0,
    });
  });

  it('keeps of its token the hash alone', async () => {
    const { clientId } = await create();
    const installed = await store.installIntegration({ clientId, organizationId: 'o1' });
    const stored = await dataSource
      .getRepository(IntegrationEntity)
      .findOneByOrFail({ id: installed.integrationId });
    expect(stored.tokenHash).toEqual(createHash('sha256').update(installed.token).digest());
    expect(JSON.stringify(stored)).not.toContain(installed.token);
  });

  it('takes name and scopes of the application where it names none of its own', async () => {
    const { clientId } = await create();
    const find = async (installed: Promise<{ integrationId: string }>) =>
      dataSource
        .getRepository(IntegrationEntity)
        .findOneByOrFail({ id: (await installed).integrationId });
    const organizationId = 'o1';
    expect(await find(store.installIntegration({ clientId, organizationId }))).toMatchObject({
      name: 'shop',
      scopes: ['edit', 'view'],
    });
    const own = { name: 'my shop', scopes: ['view'] };
    expect(
      await find(store.installIntegration({ clientId, organizationId, ...own })),
    ).toMatchObject(own);
  });

  it('of an application that does not exist leaves nothing', async () => {
    const count = () => database.one('SELECT count(*) FROM gb_integration');
    const before = await count();
    const installing = store.installIntegration({ clientId: 'unknown', organizationId: 'o1' });
    await expect(installing).rejects.toBeInstanceOf(ApplicationNotFoundError);
    expect(await count()).toEqual(before);
  });

  it('that gets no queue leaves no integration either', async () => {
    const { clientId } = await create();
    const organizationId = 'no queue for this one';
    await database.query(
      `ALTER TABLE integration_queue ADD CONSTRAINT refused CHECK (organization_id <> '${organizationId}')`,
    );
    await expect(store.installIntegration({ clientId, organizationId })).rejects.toThrow('refused');
    const left = await database.query('SELECT FROM gb_integration WHERE organization_id = $1', [
      organizationId,
    ]);
    expect(left).toEqual([]);
  });
});

describe('the key that signs for an application', () => {
  const textOf = async (query: DeliveryKeysQuery, applicationId: string) =>
    (await query.execute(applicationId)).secret.export().toString('utf8');

  it('is its client secret', async () => {
    const { applicationId, clientSecret } = await create();
    const query = new DeliveryKeysQuery(dataSource, cipher);
    expect(await textOf(query, applicationId)).toBe(clientSecret);
  });

  it('is asked for once by many who need it at the same time', async () => {
    const { applicationId } = await create();
    const query = new DeliveryKeysQuery(dataSource, cipher);
    const keys = await Promise.all(Array.from({ length: 50 }, () => query.execute(applicationId)));
    expect(new Set(keys).size).toBe(1);
  });

  it('cannot be had where the stored secret is not readable; the failure is not kept', async () => {
    const { applicationId, clientSecret } = await create();
    const query = new DeliveryKeysQuery(dataSource, cipher);
    const { stored } = await database.one<{ stored: string }>(
      'SELECT client_secret AS stored FROM application WHERE id = $1',
      [applicationId],
    );
    const set = (value: string) =>
      database.query('UPDATE application SET client_secret = $2 WHERE id = $1', [
        applicationId,
        value,
      ]);
    await set(new SecretCipher('x'.repeat(32)).encrypt(applicationId, clientSecret));
    await expect(query.execute(applicationId)).rejects.toBeInstanceOf(SecretUnreadableError);
    await set(stored);
    expect(await textOf(query, applicationId)).toBe(clientSecret);
  });

  it('cannot be had where the stored secret is empty', async () => {
    const { applicationId } = await create();
    await database.query('UPDATE application SET client_secret = $2 WHERE id = $1', [
      applicationId,
      cipher.encrypt(applicationId, ''),
    ]);
    const query = new DeliveryKeysQuery(dataSource, cipher);
    await expect(query.execute(applicationId)).rejects.toThrow(
      new SecretUnreadableError(applicationId, 'it is empty'),
    );
  });

  it('cannot be had for an application that does not exist', async () => {
    const query = new DeliveryKeysQuery(dataSource, cipher);
    const unknown = '00000000-0000-4000-8000-000000000000';
    await expect(query.execute(unknown)).rejects.toBeInstanceOf(SecretUnreadableError);
  });
});
