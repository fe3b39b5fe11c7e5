import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Deployment, type ApiClient, type SeededIntegration } from '@app/testing';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SIGNING_SECRET = 's'.repeat(40);
const KEY_ID = 'spec';

let deployment: Deployment;
let api: ApiClient;
let keyServer: Server;
const platform = generateKeyPairSync('rsa', { modulusLength: 2048 });
let ours: SeededIntegration;

beforeAll(async () => {
  const jwk = {
    ...(await exportJWK(platform.publicKey)),
    kid: 'platform',
    alg: 'RS256',
    use: 'sig',
  };
  keyServer = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await once(keyServer.listen(0, '127.0.0.1'), 'listening');
  deployment = await Deployment.create();
  api = await deployment.startApi({
    TOKEN_SIGNING_KEYS: `${KEY_ID}:${SIGNING_SECRET}`,
    TOKEN_JWKS_URL: `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys`,
  });
  ours = await deployment.integration();
});
afterAll(async () => {
  await deployment?.dispose();
  keyServer?.close();
});

const ENDPOINT = 'https://your-app.example/webhooks';

/** Every operation, and which kinds of token it is for. */
const OPERATIONS = [
  [
    'integrationWebhookCreate',
    `mutation { integrationWebhookCreate(input: { endPoint: "${ENDPOINT}" }) { id } }`,
    'app',
    'edit_integrations',
  ],
  [
    'integrationWebhookUpdate',
    `mutation { integrationWebhookUpdate(id: "x", input: { endPoint: "${ENDPOINT}" }) { id } }`,
    'app',
    'edit_integrations',
  ],
  [
    'integrationWebhookRemove',
    'mutation { integrationWebhookRemove(id: "x") { id } }',
    'app',
    'edit_integrations',
  ],
  ['integration', 'query { integration(id: "x") { id } }', 'app', 'view_integrations'],
  [
    'oauthWebhookCreate',
    `mutation { oauthWebhookCreate(input: { endPoint: "${ENDPOINT}" }) { id } }`,
    'client',
    undefined,
  ],
  [
    'oauthWebhookUpdate',
    `mutation { oauthWebhookUpdate(id: "x", input: { endPoint: "${ENDPOINT}" }) { id } }`,
    'client',
    undefined,
  ],
  ['oauthWebhookRemove', 'mutation { oauthWebhookRemove(id: "x") { id } }', 'client', undefined],
  ['webhooks', 'query { webhooks { id } }', 'both', 'view_integrations'],
  ['webhook', 'query { webhook(id: "x") { id } }', 'both', 'view_integrations'],
  ['webhookTypes', 'query { webhookTypes { type } }', 'both', undefined],
  [
    'testEvent',
    'mutation { testEvent(webhookId: "x") { messageId } }',
    'both',
    'edit_integrations',
  ],
  ['_service', 'query { _service { sdl } }', 'both', undefined],
  [
    '_entities',
    'query { _entities(representations: []) { __typename } }',
    'both',
    'view_integrations',
  ],
] as const;

interface Claims {
  readonly iss?: string;
  readonly aud?: string;
  readonly sub?: string;
  readonly exp?: number;
}

const IN_AN_HOUR = Math.floor(Date.now() / 1000) + 3600;

/** The claims of a token that counts, to be spoilt one by one. */
async function goodClaims(): Promise<Required<Claims>> {
  const token = await api.accessToken(ours);
  const [, payload = ''] = token.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Required<Claims>;
}

function signed(claims: Claims, secret = SIGNING_SECRET, header: object = { kid: KEY_ID }) {
  const jwt = new SignJWT({ ...claims });
  return jwt.setProtectedHeader({ alg: 'HS256', ...header }).sign(Buffer.from(secret));
}

const platformToken = (claims: Claims, kid = 'platform') =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(platform.privateKey);

/** Every kind of wrong token, as the value of the header Authorization; undefined: no header. */
const WRONG: readonly [string, () => Promise<string | undefined>][] = [
  ['none', async () => undefined],
  ['an empty one', async () => ''],
  ['a scheme alone', async () => 'Bearer'],
  ['another scheme', async () => `Basic ${ours.token}`],
  ['one without a scheme', async () => ours.token],
  ['two tokens', async () => `Bearer ${ours.token} ${ours.token}`],
  ['a character that no token has', async () => `Bearer ${ours.token}%`],
  ['an unknown one', async () => `Bearer ${'x'.repeat(43)}`],
  ['a part of one', async () => `Bearer ${ours.token.slice(0, -1)}`],
  ['one in another case', async () => `Bearer ${ours.token.toUpperCase()}`],
  ['an endless one', async () => `Bearer ${'x'.repeat(9000)}`],
  ['its own hash', async () => `Bearer ${(await tokenHash()).toString('base64url')}`],
  ['a JWT that is none', async () => 'Bearer a.b.c'],
  [
    'a JWT without signature',
    async () => `Bearer ${new UnsecuredJWT({ ...(await goodClaims()) }).encode()}`,
  ],
  [
    'a JWT with an empty signature',
    async () => `Bearer ${(await signed(await goodClaims())).replace(/[^.]+$/, '')}`,
  ],
  [
    'a JWT of another key',
    async () => `Bearer ${await signed(await goodClaims(), 'x'.repeat(40))}`,
  ],
  [
    'a JWT of an unknown key id',
    async () => `Bearer ${await signed(await goodClaims(), SIGNING_SECRET, { kid: 'other' })}`,
  ],
  [
    'a JWT without key id',
    async () => `Bearer ${await signed(await goodClaims(), SIGNING_SECRET, {})}`,
  ],
  [
    'a JWT of another algorithm',
    async () =>
      `Bearer ${await signed(await goodClaims(), SIGNING_SECRET, { kid: KEY_ID, alg: 'HS512' })}`,
  ],
  [
    'a JWT signed with the public key as secret',
    async () => `Bearer ${await signed(await goodClaims(), publicPem(), { kid: 'platform' })}`,
  ],
  [
    'an expired JWT',
    async () => `Bearer ${await signed({ ...(await goodClaims()), exp: IN_AN_HOUR - 7200 })}`,
  ],
  [
    'a JWT without end',
    async () => `Bearer ${await signed({ ...(await goodClaims()), exp: undefined } as Claims)}`,
  ],
  [
    'a JWT that was never issued',
    async () => `Bearer ${await signed({ ...(await goodClaims()), iss: randomUUID() })}`,
  ],
  [
    'a JWT with an id that is no id',
    async () => `Bearer ${await signed({ ...(await goodClaims()), iss: "' OR 1=1" })}`,
  ],
  [
    'a JWT for another organization',
    async () =>
      `Bearer ${await signed({ ...(await goodClaims()), aud: (await deployment.integration()).organizationId })}`,
  ],
  [
    'a JWT of another client',
    async () =>
      `Bearer ${await signed({ ...(await goodClaims()), sub: `client://${(await deployment.integration()).clientId}` })}`,
  ],
  [
    'a JWT of no client',
    async () => `Bearer ${await signed({ ...(await goodClaims()), sub: 'user://me' })}`,
  ],
  [
    'a JWT of the platform with another key id',
    async () => `Bearer ${await platformToken(await goodClaims(), 'unknown')}`,
  ],
  [
    'an expired JWT of the platform',
    async () =>
      `Bearer ${await platformToken({ ...(await goodClaims()), exp: IN_AN_HOUR - 7200 })}`,
  ],
  [
    'a JWT of the platform for a foreign organization',
    async () => `Bearer ${await platformToken({ ...(await goodClaims()), aud: 'foreign' })}`,
  ],
  [
    'a JWT of the platform for an unknown client',
    async () =>
      `Bearer ${await platformToken({ ...(await goodClaims()), sub: 'client://unknown' })}`,
  ],
  [
    'a JWT of the platform with a NUL',
    async () => `Bearer ${await platformToken({ ...(await goodClaims()), aud: 'a\0b' })}`,
  ],
];

const publicPem = (): string => String(platform.publicKey.export({ type: 'spki', format: 'pem' }));

const tokenHash = async (): Promise<Buffer> =>
  (
    await deployment.database.one<{ token_hash: Buffer }>(
      'SELECT token_hash FROM gb_integration WHERE id = $1',
      [ours.integrationId],
    )
  ).token_hash;

describe('a wrong token', () => {
  it.each(WRONG)(
    '(%s) is answered with 401 before GraphQL, at every operation',
    async (_, authorization) => {
      const value = await authorization();
      const headers: Record<string, string> = value === undefined ? {} : { Authorization: value };
      for (const [, query] of OPERATIONS) {
        const answer = await api.post(JSON.stringify({ query }), headers);
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="[^"]+"/);
        expect(answer.data).toBeNull();
        expect(answer.errors[0]?.extensions['code']).toBe('UNAUTHENTICATED');
      }
      const me = await fetch(`${api.url}/oauth2/me`, { headers });
      expect(me.status).toBe(401);
    },
  );

  it('is told apart from none, as RFC 6750 wants it', async () => {
    const none = await api.post('{}');
    expect(none.headers.get('www-authenticate')).not.toContain('error=');
    const wrong = await api.post('{}', { Authorization: 'Bearer wrong' });
    expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('is noticed before the body is read: not even whether it is JSON', async () => {
    expect((await api.post('{', { Authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await api.post('x'.repeat(200_000))).status).toBe(401);
  });
});

describe('a token of the wrong kind', () => {
  it.each(OPERATIONS)('at %s is FORBIDDEN, and the right one is not', async (_, query, kind) => {
    const accessToken = await api.accessToken(ours);
    const codes = async (token: string) =>
      (await api.query(token, query)).errors.map(({ message }) => message);
    const needsApp = 'This operation needs an Integration App token';
    const needsClient = 'This operation needs an access token of an OAuth client';
    if (kind === 'app') expect(await codes(accessToken)).toEqual([needsApp]);
    if (kind === 'client') expect(await codes(ours.token)).toEqual([needsClient]);
    const allowed = { app: [ours.token], client: [accessToken], both: [ours.token, accessToken] };
    for (const token of allowed[kind]) {
      const messages = await codes(token);
      expect(messages).not.toContain(needsApp);
      expect(messages).not.toContain(needsClient);
    }
  });
});

describe('a missing permission', () => {
  it.each(OPERATIONS)(
    'at %s is FORBIDDEN, naming it, where one is needed',
    async (_, query, kind, scope) => {
      const bare = await deployment.integration({ scopes: ['something_else'] });
      const token = kind === 'client' ? await api.accessToken(bare) : bare.token;
      const { status, errors } = await api.query(token, query);
      expect(status).toBe(200);
      const refused = errors.filter(({ message }) => message.startsWith('Insufficient scope'));
      if (scope === undefined) {
        expect(refused).toEqual([]);
      } else {
        expect(refused[0]?.message).toBe(`Insufficient scope: ${scope} required`);
        expect(refused[0]?.extensions).toMatchObject({
          code: 'FORBIDDEN',
          reason: 'INSUFFICIENT_SCOPE',
        });
      }
    },
  );

  it('is that of the installation, not of the application', async () => {
    const { clientId } = await deployment.integration();
    const organization = randomUUID();
    const { token } = await deployment.command<{ token: string }>(
      'integration',
      'install',
      '--client-id',
      clientId,
      '--organization',
      organization,
      '--scopes',
      'view_integrations',
    );
    const [, create] = OPERATIONS[0];
    const { errors } = await api.query(token, create);
    expect(errors[0]?.message).toBe('Insufficient scope: edit_integrations required');
  });
});

describe("the platform's own tokens", () => {
  it('are accepted where its client is known, and make it one client', async () => {
    const client = await deployment.integration();
    const claims = {
      iss: 'any-id',
      aud: client.organizationId,
      sub: `client://${client.clientId}`,
      exp: IN_AN_HOUR,
    };
    const token = await platformToken(claims);
    const { id } = await api.createByClient(token, { endPoint: ENDPOINT });
    const own = await api.accessToken(client);
    expect((await api.query(own, '{ webhooks { id } }')).data).toEqual({ webhooks: [{ id }] });
  });
});

describe('integrations', () => {
  it("of one organization see each other, but not each other's webhooks", async () => {
    const sibling = await deployment.integration({ organizationId: ours.organizationId });
    await api.create(sibling.token, { endPoint: ENDPOINT });
    const ask = (fields: string) =>
      api.query(ours.token, `query($id: String!) { integration(id: $id) { ${fields} } }`, {
        id: sibling.integrationId,
      });
    expect((await ask('id name type')).data).toEqual({
      integration: { id: sibling.integrationId, name: 'test', type: 'PRIVATE' },
    });
    const refused = await ask('id webhooks { id endPoint }');
    expect(refused).toMatchObject({ status: 200, data: { integration: null } });
    expect(refused.errors[0]).toMatchObject({
      message: "You can't see the webhooks of another integration",
      extensions: { code: 'FORBIDDEN' },
    });
    expect(refused.text).not.toContain(ENDPOINT);
  });

  it('of another organization are not found, like one that never was', async () => {
    const stranger = await deployment.integration();
    const ask = async (id: string) => {
      const query = 'query($id: String!) { integration(id: $id) { id name webhooks { id } } }';
      const { status, data, errors } = await api.query(ours.token, query, { id });
      const [{ message, extensions } = { message: '', extensions: {} }] = errors;
      return { status, data, message, code: extensions['code'] };
    };
    const notFound = {
      status: 200,
      data: { integration: null },
      message: 'Integration not found',
      code: 'NOT_FOUND',
    };
    expect(await ask(stranger.integrationId)).toEqual(notFound);
    expect(await ask(randomUUID())).toEqual(notFound);
    expect(await ask("' OR 1=1 --")).toEqual(notFound);
  });

  it('and the OAuth client of the same application have webhooks apart', async () => {
    const client = await deployment.integration();
    const accessToken = await api.accessToken(client);
    const installed = await api.create(client.token, { endPoint: ENDPOINT, type: 'order/created' });
    const byClient = await api.createByClient(accessToken, {
      endPoint: ENDPOINT,
      type: 'order/created',
    });
    const list = async (token: string) => (await api.query(token, '{ webhooks { id } }')).data;
    expect(await list(client.token)).toEqual({ webhooks: [{ id: installed.id }] });
    expect(await list(accessToken)).toEqual({ webhooks: [{ id: byClient.id }] });
  });
});
