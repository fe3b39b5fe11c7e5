import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClientSecretsStore, SecretCipher } from '@app/applications';
import { SIGNATURE_HEADER, signingKey, signPayload } from '@app/delivery';
import {
  startDeployment,
  TEST_SECRETS_KEY,
  TestReceiver,
  waitFor,
  type ApiClient,
  type Deployment,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ApiDocument,
  DOCUMENTED_HOST,
  DOCUMENTED_WEBHOOK_ID,
  patternOf,
  shapeOf,
} from './documentation/document.js';
import { DocumentedClient } from './documentation/documented-client.js';
import { DocumentedReceiver, type Work } from './documentation/documented-receiver.js';
import { bash, shells } from './documentation/programs.js';

type Tokens = Readonly<Record<'access_token' | 'refresh_token' | 'scope', string>>;
type Data = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const ENDPOINT = 'https://your-app.com/webhooks';
const document = new ApiDocument('API.md');
let deployment: Deployment;
let api: ApiClient;
let directory: string;
let client: DocumentedClient;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'documentation-'));
  deployment = await startDeployment();
  // As in production: the documented endpoint may be called, and no network beside the public one.
  api = await deployment.startApi({
    DELIVERY_ALLOW_HTTP: undefined,
    DELIVERY_ALLOWED_NETWORKS: undefined,
  });
  const functions = ['create', 'look', 'queue', 'attempts'];
  const code = functions.map((name) => document.block('js', name)).join('\n');
  client = new DocumentedClient(directory, code, api.url);
});

afterAll(async () => {
  await deployment.dispose();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a documented command against the API, with the reader's variables, and reads its answer. */
async function curl<Answer>(
  name: string,
  variables: Readonly<Record<string, string>>,
  webhookId = DOCUMENTED_WEBHOOK_ID,
): Promise<Answer> {
  const script = document
    .block('bash', name)
    .replaceAll(DOCUMENTED_HOST, api.url)
    .replaceAll(DOCUMENTED_WEBHOOK_ID, webhookId);
  return JSON.parse(await bash(script, variables)) as Answer;
}

const documentedAnswer = (name: string): unknown =>
  shapeOf(JSON.parse(document.block('json', name)));

/** An integration, and the variables by which the documentation calls what belongs to it. */
async function reader() {
  const seeded = await deployment.integration({
    scopes: ['view_integrations', 'edit_integrations'],
  });
  const variables = {
    CLIENT_ID: seeded.clientId,
    CLIENT_SECRET: seeded.clientSecret,
    ORGANIZATION_ID: seeded.organizationId,
    INTEGRATION_TOKEN: seeded.token,
  };
  return { ...seeded, variables };
}

const webhooksOf = async (token: string): Promise<unknown> =>
  (await api.query(token, '{ webhooks { id type health endPoint headerNames } }')).data?.[
    'webhooks'
  ];

describe('every example of the documentation', () => {
  it('is one that is run here, or in the tests of verification', () => {
    const names = document.blocks.map(({ language, name }) => `${language} ${name}`);
    const run = ['token', 'basic', 'refresh', 'me', 'create-integration', 'create-client'];
    expect(names.toSorted()).toEqual(
      [
        ...[...run, 'update', 'remove', 'test'].map((name) => `bash ${name}`),
        ...['token', 'me', 'create-integration', 'test'].map((name) => `json ${name}`),
        ...['create', 'look', 'verify', 'rotation', 'once', 'receive'].map((name) => `js ${name}`),
        ...['queue', 'attempts'].map((name) => `js ${name}`),
        ...['python', 'php', 'java', 'go'].map((language) => `${language} verify`),
        'http delivery',
      ].toSorted(),
    );
  });
});

describe.each(shells)('the documented commands, run by %s', () => {
  it('get a token, by the form and by HTTP Basic, and show what it is worth', async () => {
    const { variables, organizationId, integrationId } = await reader();

    const tokens = await curl<Tokens>('token', variables);
    expect(shapeOf(tokens)).toEqual(documentedAnswer('token'));
    expect(tokens).toMatchObject({
      token_type: 'bearer',
      expires_in: 3600,
      scope: 'view_integrations,edit_integrations',
    });

    const access = { ACCESS_TOKEN: tokens.access_token };
    const me = await curl<Record<string, unknown>>('me', access);
    expect(shapeOf(me)).toEqual(documentedAnswer('me'));
    expect(me).toMatchObject({ kind: 'OAUTH_CLIENT', organization_id: organizationId });

    const basic = await curl<Tokens>('basic', variables);
    expect(basic.scope).toBe('view_integrations,edit_integrations');
    const app = await curl<object>('me', { ACCESS_TOKEN: variables.INTEGRATION_TOKEN });
    expect(app).toMatchObject({ kind: 'INTEGRATION', integration_id: integrationId });
    for (const claim of ['iss', 'aud', 'sub', 'exp']) expect(app).not.toHaveProperty(claim);
  });

  it('refresh a token once; the second time everything of its grant is revoked', async () => {
    const { variables } = await reader();
    const first = await curl<Tokens>('token', variables);
    const presented = { ...variables, REFRESH_TOKEN: first.refresh_token };

    const second = await curl<Tokens>('refresh', presented);
    expect(shapeOf(second)).toEqual(documentedAnswer('token'));
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await curl('me', { ACCESS_TOKEN: second.access_token })).toHaveProperty('active', true);

    expect(await curl('refresh', presented)).toHaveProperty('error', 'invalid_grant');
    for (const { access_token: token } of [first, second]) {
      const refused = await curl<object>('me', { ACCESS_TOKEN: token });
      expect(refused).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    }
    const next = { ...variables, REFRESH_TOKEN: second.refresh_token };
    expect(await curl('refresh', next)).toHaveProperty('error', 'invalid_grant');
    expect(shapeOf(await curl('token', variables))).toEqual(documentedAnswer('token'));
  });

  it('register, change and remove a webhook of an Integration App', async () => {
    const { variables, token } = await reader();

    const created = await curl<{ data: Data }>('create-integration', variables);
    expect(shapeOf(created)).toEqual(documentedAnswer('create-integration'));
    const webhook = created.data['integrationWebhookCreate'];
    expect(webhook).toMatchObject({ type: 'order/created', endPoint: ENDPOINT });
    const id = String(webhook?.['id']);
    const stored = { id, type: 'order/created', health: 'HEALTHY' };
    expect(await webhooksOf(token)).toEqual([
      { ...stored, endPoint: ENDPOINT, headerNames: ['X-Gateway-Token'] },
    ]);

    const updated = await curl<{ data: Data }>('update', variables, id);
    const changed = { id, endPoint: `${ENDPOINT}/v2`, headerNames: [] };
    expect(updated).toEqual({ data: { integrationWebhookUpdate: changed } });
    expect(await webhooksOf(token)).toEqual([{ ...stored, ...changed }]);

    const removed = await curl<{ data: Data }>('remove', variables, id);
    expect(removed.data['integrationWebhookRemove']).toMatchObject({ id });
    expect(await webhooksOf(token)).toEqual([]);
  });

  it('send a test event, which arrives with its mark', async () => {
    const { variables, integrationId } = await reader();
    const receiver = await TestReceiver.start();
    const endPoint = receiver.url('/webhooks');
    const id = await deployment.webhook({ integrationId, type: 'order/created', endPoint });

    const tested = await curl<{ data: Data }>('test', variables, id);
    const [request] = await receiver.waitForCount(1, { timeoutMs: 20_000 });
    await receiver.close();

    expect(shapeOf(tested)).toEqual(documentedAnswer('test'));
    const header = tested.data['testEvent'];
    expect(header).toMatchObject({ type: 'order/created' });
    expect(JSON.parse(String(request?.body))).toMatchObject({ header });
    const [, name = '', value] =
      /`([\w-]+): (true)`/.exec(document.section('Send a test event')) ?? [];
    expect(request?.headers[name]).toBe(value);
  });

  it('register a webhook of an OAuth client, for every type', async () => {
    const { variables, token } = await reader();
    const { access_token: accessToken } = await curl<Tokens>('token', variables);

    const created = await curl<{ data: Data }>('create-client', { ACCESS_TOKEN: accessToken });

    const expected = { type: null, health: 'HEALTHY', endPoint: ENDPOINT };
    expect(created).toMatchObject({ data: { oauthWebhookCreate: expected } });
    expect(await webhooksOf(accessToken)).toMatchObject([expected]);
    expect(await webhooksOf(token)).toEqual([]);
  });
});

describe('the documented functions', () => {
  it('register webhooks with either kind of token, and throw what is refused', async () => {
    const own = await reader();
    const accessToken = await api.accessToken(own);
    const kinds = [
      { token: own.token, mutation: 'integrationWebhookCreate' },
      { token: accessToken, mutation: 'oauthWebhookCreate' },
    ];
    for (const { token, mutation } of kinds) {
      const input = { endPoint: ENDPOINT, type: 'shipment/created', headers: { 'X-Key': '1' } };
      const created = { endPoint: ENDPOINT, type: input.type, headerNames: ['X-Key'] };
      expect(await client.call('createWebhook', token, mutation, input)).toMatchObject({
        answer: { ...created, health: 'HEALTHY' },
      });
      expect(await webhooksOf(token)).toMatchObject([created]);
      const { error } = await client.call('createWebhook', token, mutation, input);
      expect(error).toMatch(/^CONFLICT: .+ already has a webhook for shipment\/created: /);
    }
  });

  it('show webhooks, the integration and all types at once', async () => {
    const { token, integrationId } = await reader();
    const { id } = await api.create(token, { endPoint: ENDPOINT });

    const { answer } = await client.call('look', token, integrationId);

    const webhook = { id, type: null, health: 'HEALTHY', endPoint: ENDPOINT };
    expect(answer).toMatchObject({
      webhooks: [{ ...webhook, headerNames: [], createdAt: expect.any(String) as string }],
      integration: { id: integrationId, name: 'test', type: 'PRIVATE', webhooks: [webhook] },
    });
    const { webhookTypes } = answer as { webhookTypes: unknown[] };
    expect(webhookTypes).toHaveLength(57);
    expect(webhookTypes).toContainEqual(
      expect.objectContaining({ type: 'delivery_order/updated', dispatched: false }),
    );
  });
});

describe('the documented questions about a failure', () => {
  it('are answered with why nothing is delivered, and with every attempt that failed', async () => {
    const receiver = await TestReceiver.start();
    receiver.script('/webhooks', { kind: 'answer', status: 503, body: 'try later' });
    const { token, integrationId, organizationId } = await reader();
    const id = await deployment.webhook({ integrationId, endPoint: receiver.url('/webhooks') });
    expect(await client.call('failureOf', token, id)).toEqual({ answer: null });

    await deployment.publish({ topic: 'order.created', value: JSON.stringify({ organizationId }) });
    await receiver.waitForCount(3, { timeoutMs: 20_000 });
    const { answer: queue } = await client.call('failureOf', token, id);
    expect(queue).toMatchObject({ health: 'FAILING', lastErrorCode: 'http_status', depth: 1 });
    const { answer } = await client.call('failedAttempts', token, id);
    await receiver.close();

    const attempts = answer as readonly { attempt: number }[];
    expect(attempts.at(-1)).toMatchObject({
      attempt: 1,
      type: 'order/created',
      outcome: 'REJECTED',
      statusCode: 503,
      excerpt: 'try later',
      isTest: false,
    });
    expect(attempts.map(({ attempt }) => attempt)).toEqual(
      attempts.map((_, i) => attempts.length - i),
    );
  });
});

describe('the documented receiver', () => {
  it('takes what the service sends: each event once, in order, and also after the secret was replaced', async () => {
    const { clientId, clientSecret, integrationId, organizationId } =
      await deployment.integration();
    const secrets = new ClientSecretsStore(
      deployment.dataSource,
      new SecretCipher(TEST_SECRETS_KEY),
    );
    const rotated = await secrets.rotate(clientId, 3_600_000);
    const done: number[] = [];
    const failing = new Set([2]);
    const work: Work = async (client, { messageId }, { n }) => {
      // The transaction of work that fails takes the id along: otherwise the event would be lost.
      const { rowCount } = await client.query('SELECT FROM webhook_message WHERE id = $1', [
        messageId,
      ]);
      expect(rowCount).toBe(1);
      if (failing.delete(n)) throw new Error('not now');
      done.push(n);
    };
    const clientSecrets = [rotated.clientSecret, clientSecret];
    const { url: databaseUrl } = deployment.database;
    const receiver = await DocumentedReceiver.start(document, {
      directory,
      databaseUrl,
      clientSecrets,
      work,
    });
    await deployment.webhook({ integrationId, type: 'order/created', endPoint: receiver.url });
    const event = (n: number) => ({
      topic: 'order.created',
      value: JSON.stringify({ organizationId, n }),
    });

    await deployment.publish(event(1), event(2), event(3));
    await waitFor(() => done.length === 3);
    await secrets.endFormer(clientId);
    const post = async (body: Buffer, secret: string): Promise<number> => {
      const headers = { [SIGNATURE_HEADER]: signPayload(body, signingKey(secret)) };
      return (await fetch(receiver.url, { method: 'POST', body, headers })).status;
    };
    const again = Buffer.from(
      '{"header":{"messageId":"6f1c2f80-12f1-4f2e-9d5a-0c8f4c1f7a10"},"body":{"n":4}}',
    );
    const answers = [];
    for (const secret of [clientSecret, rotated.clientSecret, 'somebody else’s'])
      answers.push(await post(again, secret));
    await receiver.close();

    expect(answers).toEqual([204, 204, 401]);
    expect(done).toEqual([1, 2, 3, 4]);
    expect(failing.size).toBe(0);
  });
});

describe('the documented delivery', () => {
  it('is what arrives', async () => {
    const [head = '', envelope = ''] = document.block('http', 'delivery').split('\n\n');
    const names = [...head.matchAll(/^([\w-]+):/gm)].map(([, name]) => name);
    const receiver = await TestReceiver.start();
    const { integrationId, organizationId } = await deployment.integration();
    await deployment.webhook({
      integrationId,
      endPoint: receiver.url('/webhooks'),
      headers: { 'X-Gateway-Token': 'let-me-in' },
    });

    await deployment.publish({
      topic: 'order.created',
      value: JSON.stringify({ organizationId }),
    });
    const [request] = await receiver.waitForCount(1, { timeoutMs: 20_000 });
    await receiver.close();

    expect(request).toMatchObject({ method: 'POST', path: '/webhooks' });
    const sent = (request?.rawHeaders ?? []).filter((_, index) => index % 2 === 0);
    for (const name of names)
      expect(sent.map((each) => each.toLowerCase())).toContain(name?.toLowerCase());
    expect(String(request?.body)).toMatch(
      patternOf(envelope.trim().replace(/\d{4}-[\d:.TZ-]+/, '…')),
    );
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'happycolis-webhooks',
      'x-gateway-token': 'let-me-in',
    });
  });
});
