import { OauthClientsStore, OauthTokensStore } from '@app/applications';
import type { DataSource } from '@app/database';
import {
  type SeededIntegration,
  type TestDatabase,
  createTestDatabase,
  seedIntegration,
  seedWebhook,
} from '@app/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';
import { runDuringRequest } from '../in-flight.js';

const SCOPES = ['view_integrations'];

describe('OAuth clients', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let cli: CliProcess;
  let application: SeededIntegration;
  let clientId: string;
  beforeAll(async () => {
    await buildProgram();
    database = await createTestDatabase();
    dataSource = await database.dataSource();
    cli = new CliProcess(database.url);
  }, 180_000);
  beforeEach(async () => {
    application = await seedIntegration(dataSource, { organizationId: 'home' });
    ({ clientId } = application);
  });
  afterAll(() => database.drop());

  it('are allowed in an organization once', async () => {
    expect(await ensure('guest')).toBeUndefined();
    const outcome = { clientId, organizationId: 'guest', allowed: true };
    expect(await cli.json(place('allow', 'guest'))).toEqual({ ...outcome, changed: true });
    expect(await ensure('guest')).toEqual(expect.any(String));
    expect(await cli.json(place('allow', 'guest'))).toEqual({ ...outcome, changed: false });
    expect((await cli.run(place('allow', 'guest'))).stdout).toContain('It was allowed already');
  });

  it('lose their webhooks when they are not allowed any more', async () => {
    await cli.json(place('allow', 'guest'));
    const client = await ensured('guest');
    const webhook = await seedWebhook(dataSource, { integrationId: client });
    expect(await cli.json(place('disallow', 'guest'))).toEqual({
      clientId,
      organizationId: 'guest',
      allowed: false,
      changed: true,
      installed: false,
      queues: 1,
    });
    expect(await isActive(webhook)).toBe(false);
    expect(await ensure('guest')).toBeUndefined();
    const { code, stdout } = await cli.run(place('disallow', 'guest'));
    expect(code).toBe(0);
    expect(stdout).toContain('\n\nIt was not on the list: nothing was done.\n');
  });

  it('go on where the application is installed besides, and the operator is told', async () => {
    await cli.json(place('allow', 'home'));
    const webhook = await seedWebhook(dataSource, { integrationId: await ensured('home') });
    const { stdout } = await cli.run(place('disallow', 'home'));
    expect(stdout).toContain(
      'changed: true\ninstalled: true\nqueues: 0\n\nIt is still installed there',
    );
    expect(await isActive(webhook)).toBe(true);
  });

  it('answer only when the request that was under way has ended', async () => {
    await cli.json(place('allow', 'guest'));
    const client = await ensured('guest');
    const webhook = await seedWebhook(dataSource, { integrationId: client });
    const run = await runDuringRequest(
      database,
      client,
      () => cli.run(place('disallow', 'guest')),
      async () => expect(await isActive(webhook)).toBe(false),
    );
    expect(run.code).toBe(0);
  });

  it('of a PUBLIC application are where it is installed, and nowhere else', async () => {
    const shared = await seedIntegration(dataSource, { type: 'PUBLIC' });
    const options = ['--client-id', shared.clientId, '--organization', 'guest'];
    const expected = {
      code: 1,
      stdout: '',
      stderr:
        `error: ${shared.clientId} is a PUBLIC application: it acts where it is installed; ` +
        '`integration install` and `integration uninstall` say where that is\n',
    };
    expect(await cli.run(['client', 'allow', ...options])).toEqual(expected);
    expect(await cli.run(['client', 'disallow', ...options])).toEqual(expected);
  });

  it('are listed with where they may act and what they have, without tokens', async () => {
    await cli.json(place('allow', 'guest'));
    const client = await ensured('home');
    await seedWebhook(dataSource, { integrationId: client });
    const { refreshToken } = await issue(client);
    const home = {
      clientId,
      organizationId: 'home',
      integrationId: client,
      allowed: false,
      installed: true,
      webhooks: 1,
      lastTokenAt: expect.stringMatching(/^\d{4}-.*Z$/),
    };
    const guest = {
      clientId,
      organizationId: 'guest',
      integrationId: null,
      allowed: true,
      installed: false,
      webhooks: 0,
      lastTokenAt: null,
    };
    const list = ['client', 'list', '--client-id', clientId];
    expect(await cli.json(list)).toEqual([guest, home]);
    expect(await cli.json([...list, '--organization', 'home'])).toEqual([home]);
    expect(await cli.json([...list, '--organization', 'elsewhere'])).toEqual([]);
    const { stdout } = await cli.run(['client', 'list', '--organization', 'home']);
    expect(stdout).toMatch(
      new RegExp(`\n${client}  home +${clientId}  no +yes +1 +\\d{4}-\\S+Z\n`),
    );
    expect(stdout).not.toContain(refreshToken);
  });

  it('lose their tokens in one organization, or in all', async () => {
    await cli.json(place('allow', 'guest'));
    await issue(await ensured('guest'));
    await issue(await ensured('home'));
    await issue(await ensured('home'));
    const stranger = await seedIntegration(dataSource, { organizationId: 'home' });
    const theirs = await new OauthClientsStore(dataSource).ensure(stranger.applicationId, 'home');
    const kept = await issue(theirs ?? '');
    const revoke = ['client', 'revoke-tokens', '--client-id', clientId];
    expect(await cli.json([...revoke, '--organization', 'home'])).toEqual({
      clientId,
      organizationId: 'home',
      revoked: 2,
    });
    const { stdout } = await cli.run(revoke);
    expect(stdout).toMatch(/^clientId: \S+\norganizationId: -\nrevoked: 1\n\n1 access token, each/);
    expect(await cli.json(revoke)).toEqual({ clientId, organizationId: null, revoked: 0 });
    expect(
      await database.one('SELECT revoked_at FROM oauth_token WHERE id = $1', [kept.tokenId]),
    ).toEqual({ revoked_at: null });
  });

  it.each([
    ['allow', ['--organization', 'guest']],
    ['disallow', ['--organization', 'guest']],
    ['revoke-tokens', []],
  ])('%s knows no application that is not there', async (verb, options) => {
    expect(await cli.run(['client', verb, '--client-id', 'nobody', ...options])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: there is no application with client id nobody; `application list` shows the client ids\n',
    });
  });

  const place = (verb: string, organization: string) => [
    'client',
    verb,
    '--client-id',
    clientId,
    '--organization',
    organization,
  ];

  /** As the token endpoint does. */
  const ensure = (organization: string) =>
    new OauthClientsStore(dataSource).ensure(application.applicationId, organization);

  async function ensured(organization: string): Promise<string> {
    const id = await ensure(organization);
    if (id === undefined) throw new Error(`no client in ${organization}`);
    return id;
  }

  const issue = (oauthClientId: string) =>
    new OauthTokensStore(dataSource).issue({
      oauthClientId,
      scopes: SCOPES,
      grantedScopes: SCOPES,
    });

  async function isActive(webhookId: string): Promise<boolean> {
    const { active } = await database.one<{ active: boolean }>(
      'SELECT removed_at IS NULL AS active FROM integration_webhook WHERE id = $1',
      [webhookId],
    );
    return active;
  }
});
