import { DeliveryKeysQuery, SecretCipher, hashToken } from '@app/applications';
import { TEST_SECRETS_KEY, type TestDatabase, createTestDatabase } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';

interface Application {
  readonly applicationId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

interface Integration {
  readonly integrationId: string;
  readonly token: string;
}

describe('applications and integrations', () => {
  let database: TestDatabase;
  let cli: CliProcess;
  const create = ['application', 'create', '--name'];
  let install: string[];
  let application: Application;
  let integration: Integration;
  beforeAll(async () => {
    await buildProgram();
    database = await createTestDatabase();
    cli = new CliProcess(database.url);
    const scopes = ['--scopes', 'edit_integrations, view_integrations'];
    application = await cli.json<Application>([
      ...create,
      'Shop sync',
      '--type',
      'PUBLIC',
      ...scopes,
    ]);
    install = ['integration', 'install', '--client-id', application.clientId, '--organization'];
    integration = await cli.json<Integration>([
      ...install,
      'org-1',
      '--scopes',
      'view_integrations',
    ]);
  }, 180_000);
  afterAll(() => database.drop());

  it('creates an application and prints its id, client id and secret', async () => {
    expect(Object.keys(application)).toEqual(['applicationId', 'clientId', 'clientSecret']);
    expect(
      await database.one('SELECT id, name, client_id, scopes, status, type FROM application'),
    ).toEqual({
      id: application.applicationId,
      name: 'Shop sync',
      client_id: application.clientId,
      scopes: ['edit_integrations', 'view_integrations'],
      status: 'ACTIVE',
      type: 'PUBLIC',
    });
  });

  it('keeps the callback URL of an application', async () => {
    const url = 'https://app.example/back?v=1';
    const { clientId } = await cli.json<Application>([...create, 'Web', '--callback-url', url]);
    expect(
      await database.one('SELECT callback_url FROM application WHERE client_id = $1', [clientId]),
    ).toEqual({ callback_url: url });
    await database.query('DELETE FROM application WHERE client_id = $1', [clientId]);
  });

  it('stores a secret that signs, but not in the clear', async () => {
    const { row } = await database.one<{ row: string }>('SELECT a::text AS row FROM application a');
    expect(row).not.toContain(application.clientSecret);
    const query = new DeliveryKeysQuery(
      await database.dataSource(),
      new SecretCipher(TEST_SECRETS_KEY),
    );
    const key = await query.execute(application.applicationId);
    expect(key.secret.export().toString()).toBe(application.clientSecret);
  });

  it('installs an application with a queue of its own and prints id and token', async () => {
    expect(Object.keys(integration)).toEqual(['integrationId', 'token']);
    expect(
      await database.one(
        `SELECT i.app_id, i.organization_id, i.name, i.scopes, i.token_hash, q.queue_id
         FROM gb_integration i JOIN integration_queue q ON q.integration_id = i.id`,
      ),
    ).toEqual({
      app_id: application.applicationId,
      organization_id: 'org-1',
      name: 'Shop sync',
      scopes: ['view_integrations'],
      token_hash: hashToken(integration.token),
      queue_id: integration.integrationId,
    });
  });

  it('lists both without secret and token', async () => {
    const applications = await cli.run(['application', 'list', '--json']);
    const integrations = await cli.run(['integration', 'list', '--json']);
    expect(JSON.parse(applications.stdout)).toEqual([
      {
        applicationId: application.applicationId,
        clientId: application.clientId,
        name: 'Shop sync',
        type: 'PUBLIC',
        status: 'ACTIVE',
        scopes: ['edit_integrations', 'view_integrations'],
        integrations: 1,
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    expect(JSON.parse(integrations.stdout)).toEqual([
      {
        integrationId: integration.integrationId,
        organizationId: 'org-1',
        clientId: application.clientId,
        name: 'Shop sync',
        status: 'ACTIVE',
        scopes: ['view_integrations'],
        createdAt: expect.any(String),
      },
    ]);
    const stored = await database.one<{ secret: string }>(
      'SELECT client_secret AS secret FROM application',
    );
    expect(applications.stdout).not.toContain(application.clientSecret);
    expect(applications.stdout).not.toContain(stored.secret);
    expect(integrations.stdout).not.toContain(integration.token);
  });

  it('lists the integrations of one organization', async () => {
    const list = ['integration', 'list', '--organization'];
    expect(await cli.json<unknown[]>([...list, 'org-1'])).toHaveLength(1);
    expect(await cli.json([...list, 'org-2'])).toEqual([]);
  });

  it('says in words that secret and token are shown this once', async () => {
    const installed = await cli.run([...install, 'org-3', '--name', 'Depot']);
    expect(installed.stdout).toMatch(/^integrationId: \S{36}\ntoken: \S{43}\n\nThe token is shown/);
    const created = await cli.run([...create, 'Other']);
    expect(created.stdout).toMatch(
      /\nclientSecret: \S{43}\n\nThe client secret is shown this once/,
    );
    const { type, scopes } = await database.one<{ type: string; scopes: string[] }>(
      `SELECT type, scopes FROM application WHERE name = 'Other'`,
    );
    expect({ type, scopes }).toEqual({
      type: 'PRIVATE',
      scopes: ['edit_integrations', 'view_integrations'],
    });
    expect((await cli.run(['integration', 'list'])).stdout).toMatch(/org-3 .* Depot /);
  });

  it('says that a client id is unknown, and where to find the known ones', async () => {
    expect(
      await cli.run(['integration', 'install', '--client-id', 'nobody', '--organization', 'o']),
    ).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: there is no application with client id nobody; `application list` shows the client ids\n',
    });
  });
});
