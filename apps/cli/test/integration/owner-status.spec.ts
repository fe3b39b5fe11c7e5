import { randomUUID } from 'node:crypto';
import { OauthClientsStore, TokenBearerQuery } from '@app/applications';
import type { DataSource } from '@app/database';
import {
  type SeededIntegration,
  type TestDatabase,
  createTestDatabase,
  seedIntegration,
  seedWebhook,
  waitFor,
} from '@app/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';
import { endLease, leaseQueue, runDuringRequest } from '../in-flight.js';

describe('what stops owners and lets them go on', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let cli: CliProcess;
  let integration: SeededIntegration;
  let other: SeededIntegration;
  beforeAll(async () => {
    await buildProgram();
    database = await createTestDatabase();
    dataSource = await database.dataSource();
    cli = new CliProcess(database.url);
    other = await seedIntegration(dataSource);
  }, 180_000);
  beforeEach(async () => {
    integration = await seedIntegration(dataSource);
  });
  afterAll(() => database.drop());

  describe('application suspend and resume', () => {
    it('stops every queue of the application and no other, and lets them go on', async () => {
      const { clientId, applicationId, organizationId, integrationId } = integration;
      const client = await new OauthClientsStore(dataSource).ensure(applicationId, organizationId);
      const outcome = { clientId, changed: true, queues: 2 };
      expect(await cli.json(suspend())).toEqual({ ...outcome, status: 'SUSPENDED' });
      expect(new Set(await suspendedQueues())).toEqual(new Set([integrationId, client]));
      expect(await status()).toBe('SUSPENDED');
      expect(await cli.json(resume())).toEqual({ ...outcome, status: 'ACTIVE' });
      expect(await suspendedQueues()).toEqual([]);
      expect(await status()).toBe('ACTIVE');
    });

    it('says in words how many queues stopped, and when nothing changed', async () => {
      const { clientId } = integration;
      expect((await cli.run(suspend())).stdout).toBe(
        `clientId: ${clientId}\nstatus: SUSPENDED\nchanged: true\nqueues: 1\n\n` +
          '1 queue stopped: nothing more is sent and every token is refused. ' +
          'Events go on being queued until `application resume`.\n',
      );
      const again = await cli.run(suspend());
      expect(again.code).toBe(0);
      expect(again.stdout).toContain('changed: false\nqueues: 0\n\nIt was suspended already');
      expect((await cli.run(resume())).stdout).toContain('\n\n1 queue resumed: ');
      const { code, stdout } = await cli.run(resume());
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout:
          `clientId: ${clientId}\nstatus: ACTIVE\nchanged: false\nqueues: 0\n\n` +
          'It was not suspended: nothing was done.\n',
      });
    });

    it('answers only when the request that was under way has ended', async () => {
      const run = await runDuringRequest(
        database,
        integration.integrationId,
        () => cli.run(suspend()),
        async () => expect(await status()).toBe('SUSPENDED'),
      );
      expect(run.code).toBe(0);
    });

    it('says on standard error what it waits for, when that takes long', async () => {
      const { integrationId } = integration;
      await leaseQueue(database, integrationId);
      let written = '';
      const running = cli.watch([...suspend(), '--json'], (text) => (written += text));
      await waitFor(() => written !== '');
      await endLease(database, integrationId);
      const { code, stdout, stderr } = await running;
      expect(code).toBe(0);
      expect(stderr).toBe('The change is made; waiting for a request that is under way to end.\n');
      expect(JSON.parse(stdout)).toMatchObject({ changed: true });
    });

    it('shows what is suspended, and installs it nowhere', async () => {
      const { clientId } = integration;
      await cli.json(suspend());
      const rows = await cli.json<{ clientId: string; status: string }[]>(['application', 'list']);
      expect(rows.find((row) => row.clientId === clientId)?.status).toBe('SUSPENDED');
      const install = ['integration', 'install', '--client-id', clientId, '--organization', 'o'];
      expect(await cli.run(install)).toEqual({
        code: 1,
        stdout: '',
        stderr:
          `error: the application ${clientId} is suspended; ` +
          'let it go on first with `application resume`\n',
      });
    });

    it.each(['suspend', 'resume'])('%s knows no application that is not there', async (verb) => {
      expect(await cli.run(['application', verb, '--client-id', 'nobody'])).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'error: there is no application with client id nobody; `application list` shows the client ids\n',
      });
    });

    const suspend = () => ['application', 'suspend', '--client-id', integration.clientId];
    const resume = () => ['application', 'resume', '--client-id', integration.clientId];

    async function suspendedQueues(): Promise<string[]> {
      const rows = await database.query<{ id: string }>(
        `SELECT queue_id AS id FROM integration_queue
         WHERE suspended_at IS NOT NULL AND application_id = ANY ($1)`,
        [[integration.applicationId, other.applicationId]],
      );
      return rows.map(({ id }) => id);
    }

    async function status(): Promise<string> {
      const row = await database.one<{ status: string }>(
        'SELECT status FROM application WHERE client_id = $1',
        [integration.clientId],
      );
      return row.status;
    }
  });

  describe('integration uninstall', () => {
    it('removes the webhooks of the integration and of no other, once', async () => {
      const { integrationId, token } = integration;
      const webhook = await seedWebhook(dataSource, { integrationId });
      const kept = await seedWebhook(dataSource, { integrationId: other.integrationId });
      expect(await cli.json(uninstall(integrationId))).toEqual({
        integrationId,
        status: 'UNINSTALLED',
        queues: 1,
      });
      expect(await activeWebhooks(webhook, kept)).toEqual([kept]);
      const bearer = await new TokenBearerQuery(dataSource).installation(token);
      expect(bearer?.installed).toBe(false);
      const list = ['integration', 'list', '--organization', integration.organizationId];
      expect(await cli.json(list)).toMatchObject([{ integrationId, status: 'UNINSTALLED' }]);
      expect(await cli.run(uninstall(integrationId))).toEqual(notInstalled(integrationId));
    });

    it('ends the OAuth client, too, that acts there by this installation alone', async () => {
      const { integrationId, applicationId, organizationId } = integration;
      const client = await new OauthClientsStore(dataSource).ensure(applicationId, organizationId);
      if (client === undefined) throw new Error('no client');
      const webhook = await seedWebhook(dataSource, { integrationId: client });
      const { stdout } = await cli.run(uninstall(integrationId));
      expect(stdout).toBe(
        `integrationId: ${integrationId}\nstatus: UNINSTALLED\nqueues: 2\n\n` +
          '2 queues ended: the webhooks were removed, queued messages are discarded, and the token is ' +
          'refused.\n\nOne of them is of its OAuth client, which may not act there any more.\n',
      );
      expect(await activeWebhooks(webhook)).toEqual([]);
    });

    it('answers only when the request that was under way has ended', async () => {
      const { integrationId } = integration;
      const webhook = await seedWebhook(dataSource, { integrationId });
      const run = await runDuringRequest(
        database,
        integrationId,
        () => cli.run(uninstall(integrationId)),
        async () => expect(await activeWebhooks(webhook)).toEqual([]),
      );
      expect(run.code).toBe(0);
    });

    const uninstall = (id: string) => ['integration', 'uninstall', '--id', id];

    async function activeWebhooks(...ids: string[]): Promise<string[]> {
      const rows = await database.query<{ id: string }>(
        'SELECT id FROM integration_webhook WHERE id = ANY ($1) AND removed_at IS NULL',
        [ids],
      );
      return rows.map(({ id }) => id);
    }
  });

  describe('integration rotate-token', () => {
    it('gives another token, which counts instead of the former one', async () => {
      const { integrationId, token: former } = integration;
      const rotated = await cli.json<{ token: string }>(rotate(integrationId));
      expect(rotated).toEqual({ integrationId, token: expect.stringMatching(/^[\w-]{43}$/) });
      const bearers = new TokenBearerQuery(dataSource);
      expect(await bearers.installation(former)).toBeUndefined();
      expect(await bearers.installation(rotated.token)).toMatchObject({ integrationId });
      const { stdout } = await cli.run(['integration', 'list', '--json']);
      expect(stdout).not.toContain(rotated.token);
    });

    it('shows the token once, and says so', async () => {
      const { integrationId } = integration;
      const { stdout } = await cli.run(rotate(integrationId));
      expect(stdout).toMatch(
        /^integrationId: \S{36}\ntoken: (\S{43})\n\nThe token is shown this once/,
      );
      expect(stdout).toContain('\n\nThe former token is refused from now on.\n');
      expect(stdout.match(/[\w-]{43}/g)).toHaveLength(1);
    });

    it('is refused where nothing is installed', async () => {
      const unknown = randomUUID();
      expect(await cli.run(rotate(unknown))).toEqual(notInstalled(unknown));
    });

    const rotate = (id: string) => ['integration', 'rotate-token', '--id', id];
  });

  const notInstalled = (id: string) => ({
    code: 1,
    stdout: '',
    stderr:
      `error: there is no installed integration ${id}; ` +
      '`integration list` shows which ones are ACTIVE\n',
  });
});
