import { randomUUID } from 'node:crypto';
import { OauthClientsStore } from '@app/applications';
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
import { leaseQueue, runDuringRequest } from '../in-flight.js';

const ENDPOINT = 'https://receiver.example/hooks?v=1';

describe('webhooks', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let cli: CliProcess;
  let integration: SeededIntegration;
  let create: string[];
  beforeAll(async () => {
    await buildProgram();
    database = await createTestDatabase();
    dataSource = await database.dataSource();
    cli = new CliProcess(database.url);
  }, 180_000);
  beforeEach(async () => {
    integration = await seedIntegration(dataSource);
    create = ['webhook', 'create', '--integration', integration.integrationId, '--endpoint'];
  });
  afterAll(() => database.drop());

  it('subscribes an endpoint to a type, with custom headers as they were given', async () => {
    const headers = ['X-Tenant:  a: b ', 'Authorization: Bearer hunter2'];
    const options = ['--type', 'order/created', ...headers.flatMap((text) => ['--header', text])];
    const created = await cli.json<{ id: string }>([...create, ENDPOINT, ...options]);
    expect(Object.keys(created)).toEqual(['id']);
    const stored = await database.one('SELECT * FROM integration_webhook WHERE id = $1', [
      created.id,
    ]);
    expect(stored).toMatchObject({
      integration_id: integration.integrationId,
      integration_type: 'INTEGRATION',
      organization_id: integration.organizationId,
      type: 'order/created',
      end_point: ENDPOINT,
      headers: { 'X-Tenant': 'a: b', Authorization: 'Bearer hunter2' },
      removed_at: null,
    });
  });

  it('subscribes to every type where none is given', async () => {
    const { id } = await cli.json<{ id: string }>([...create, ENDPOINT]);
    const [webhook] = await cli.json<object[]>(list());
    expect(webhook).toMatchObject({ id, type: null });
  });

  it('lists webhooks with their health, and of headers the names alone', async () => {
    const { integrationId } = integration;
    const headers = { 'X-Key': 'hunter2' };
    const first = await seedWebhook(dataSource, {
      integrationId,
      type: 'order/created',
      endPoint: ENDPOINT,
      headers,
    });
    const second = await seedWebhook(dataSource, { integrationId, endPoint: ENDPOINT });
    await block(integrationId);
    const createdAt = expect.any(String);
    const expected = { integrationId, endPoint: ENDPOINT, health: 'FAILING', createdAt };
    expect(await cli.json(list())).toEqual([
      { ...expected, id: first, type: 'order/created', headerNames: ['X-Key'] },
      { ...expected, id: second, type: null, headerNames: [] },
    ]);
    const { stdout } = await cli.run(list());
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['WEBHOOK', 'TYPE', 'HEALTH', 'ENDPOINT', 'HEADERS'],
      [first, 'order/created', 'FAILING', ENDPOINT, 'X-Key'],
      [second, '(every type)', 'FAILING', ENDPOINT, '-'],
      [''],
    ]);
  });

  it('removes a webhook once, and keeps its row', async () => {
    const { integrationId } = integration;
    const id = await seedWebhook(dataSource, { integrationId });
    expect(await cli.json(['webhook', 'remove', '--id', id.toUpperCase()])).toEqual({ id });
    expect(await cli.json(list())).toEqual([]);
    expect(
      await database.one('SELECT removed_at FROM integration_webhook WHERE id = $1', [id]),
    ).toEqual({ removed_at: expect.any(Date) });
    expect(await cli.run(['webhook', 'remove', '--id', id])).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: there is no webhook ${id}; \`webhook list --integration ID\` shows the ids\n`,
    });
  });

  it('removes a webhook and answers only when its request that was under way has ended', async () => {
    const { integrationId } = integration;
    const id = await seedWebhook(dataSource, { integrationId });
    await enqueue(integrationId, id);
    const run = await runDuringRequest(
      database,
      integrationId,
      () => cli.run(['webhook', 'remove', '--id', id]),
      async () => expect(await cli.json(list())).toEqual([]),
    );
    expect(run).toMatchObject({ code: 0, stdout: `id: ${id}\n\nThe webhook was removed.\n` });
  });

  it('removes a webhook without waiting for the request of another one', async () => {
    const { integrationId } = integration;
    const other = await seedWebhook(dataSource, { integrationId, type: 'order/created' });
    const id = await seedWebhook(dataSource, { integrationId });
    await enqueue(integrationId, other);
    await leaseQueue(database, integrationId);
    expect(await cli.json(['webhook', 'remove', '--id', id])).toEqual({ id });
  });

  it('subscribes an OAuth client, too', async () => {
    const { applicationId, organizationId } = integration;
    const client = await new OauthClientsStore(dataSource).ensure(applicationId, organizationId);
    const webhook = ['webhook', 'create', '--endpoint', ENDPOINT, '--integration', client ?? ''];
    const { id } = await cli.json<{ id: string }>(webhook);
    expect(
      await database.one('SELECT integration_type FROM integration_webhook WHERE id = $1', [id]),
    ).toEqual({ integration_type: 'OAUTH_CLIENT' });
  });

  it('refuses a second webhook of the same type and names the first', async () => {
    const { id } = await cli.json<{ id: string }>([...create, ENDPOINT]);
    const { code, stdout, stderr } = await cli.run([...create, 'https://other.example/']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`already has a webhook for every type: ${id}; remove that one first`);
  });

  it('knows no integration that is not there', async () => {
    const unknown = randomUUID();
    const expected = {
      code: 1,
      stdout: '',
      stderr: `error: there is no integration ${unknown}; \`integration list\` and \`client list\` show the ids\n`,
    };
    const webhook = ['webhook', 'create', '--endpoint', ENDPOINT];
    expect(await cli.run([...webhook, '--integration', unknown])).toEqual(expected);
    expect(await cli.run(['webhook', 'list', '--integration', unknown])).toEqual(expected);
  });

  it('lists every fault of endpoint and headers, and creates nothing', async () => {
    const headers = ['--header', 'Host: a', '--header', 'X-A: \u00e9', '--header', 'x-a: c'];
    const { code, stderr } = await cli.run([...create, 'http://receiver.example/', ...headers]);
    expect(code).toBe(1);
    expect(stderr.split('\n')).toEqual([
      'error: the webhook was not created, for 4 faults:',
      '  the endpoint is http; only https is allowed (DELIVERY_ALLOW_HTTP=true allows http)',
      '  header Host: the header is set by the service or by the connection',
      expect.stringContaining('  header X-A: the value must be'),
      '  header x-a: the header is given twice',
      '',
    ]);
    expect(await cli.json(list())).toEqual([]);
  });

  it('takes an http endpoint in a private network only where configuration allows both', async () => {
    const local = [...create, 'http://127.0.0.1:8080/'];
    const allowed = { DELIVERY_ALLOW_HTTP: 'true', DELIVERY_ALLOWED_NETWORKS: '127.0.0.0/8' };
    const refused = await cli.run(local, { DELIVERY_ALLOW_HTTP: 'true' });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/127\.0\.0\.1, which is not a public address .*NETWORKS/);
    expect(await cli.json(local, allowed)).toEqual({ id: expect.any(String) });
  });

  it('takes another port of a public host only where configuration allows it', async () => {
    const args = [...create, 'https://receiver.example:8443/'];
    const { code, stderr } = await cli.run(args);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'error: the webhook was not created: the endpoint has port 8443, which may not be called ' +
        '(DELIVERY_ALLOWED_PORTS lists ports that may be called besides)\n',
    });
    const allowed = { DELIVERY_ALLOWED_PORTS: '8443' };
    expect(await cli.json(args, allowed)).toEqual({ id: expect.any(String) });
  });

  function list(): string[] {
    return ['webhook', 'list', '--integration', integration.integrationId];
  }

  async function enqueue(integrationId: string, webhookId: string): Promise<void> {
    await database.query(
      `SELECT enqueue_messages(array[$1]::uuid[], array[$2]::uuid[], array[$3]::uuid[],
         array['order/created'], array[0], array[0]::bigint[], array['{}']::bytea[])`,
      [integrationId, randomUUID(), webhookId],
    );
  }

  async function block(integrationId: string): Promise<void> {
    await database.query(
      `UPDATE integration_queue SET status = 'BLOCKED', blocked_at = clock_timestamp()
       WHERE queue_id = $1`,
      [integrationId],
    );
  }
});
