import { randomUUID } from 'node:crypto';
import {
  Deployment,
  runCommand,
  type ApiClient,
  type SeededIntegration,
  type TokenAnswer,
} from '@app/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;
let api: ApiClient;

beforeAll(async () => {
  deployment = await Deployment.create();
  api = await deployment.startApi({
    TOKEN_SIGNING_KEYS: `new:${'n'.repeat(32)},old:${'o'.repeat(32)}`,
  });
});
afterAll(() => deployment?.dispose());

const form = (client: SeededIntegration, more: Record<string, string> = {}) => ({
  grant_type: 'client_credentials',
  client_id: client.clientId,
  client_secret: client.clientSecret,
  organization_id: client.organizationId,
  ...more,
});

const refreshForm = (
  client: SeededIntegration,
  { body }: TokenAnswer,
  more: Record<string, string> = {},
) => ({
  grant_type: 'refresh_token',
  client_id: client.clientId,
  client_secret: client.clientSecret,
  refresh_token: String(body['refresh_token']),
  ...more,
});

const me = async (token: unknown) => {
  const answer = await fetch(`${api.url}/oauth2/me`, {
    headers: { Authorization: `Bearer ${String(token)}` },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

const operator = (...args: string[]) => deployment.command<Record<string, unknown>>(...args);

describe('the token endpoint', () => {
  it.each(['/token', '/oauth2/token'])(
    'at %s answers client credentials as documented',
    async (path) => {
      const client = await deployment.integration();
      const { status, headers, body } = await api.token(form(client), { path });
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(body).toEqual({
        access_token: expect.any(String),
        token_type: 'bearer',
        expires_in: 3600,
        refresh_token: expect.stringMatching(/^[\w-]{43}$/),
        scope: 'edit_integrations,view_integrations',
      });
      const token = String(body['access_token']);
      expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'new' });
      const claims = decodeJwt(token);
      expect(claims).toEqual({
        iss: expect.stringMatching(/^[0-9a-f-]{36}$/),
        aud: client.organizationId,
        sub: `client://${client.clientId}`,
        exp: expect.any(Number),
      });
      const left = Number(claims.exp) - Date.now() / 1000;
      expect(left).toBeGreaterThan(3590);
      expect(left).toBeLessThanOrEqual(3601);
    },
  );

  it('keeps neither token in the database', async () => {
    const { body } = await api.token(form(await deployment.integration()));
    const rows = await deployment.database.query('SELECT * FROM oauth_token');
    const stored = JSON.stringify(rows);
    expect(stored).not.toContain(String(body['refresh_token']));
    expect(stored).not.toContain(String(body['access_token']));
    expect(deployment.printed).not.toContain(String(body['refresh_token']));
  });

  it('takes the client from HTTP Basic', async () => {
    const { clientId, clientSecret, organizationId } = await deployment.integration();
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const answer = await api.token(
      { grant_type: 'client_credentials', organization_id: organizationId },
      { headers: { Authorization: `Basic ${basic}` } },
    );
    expect(answer.status).toBe(200);
  });

  it('grants some of the scopes where some are asked for, and no others', async () => {
    const client = await deployment.integration();
    const some = await api.token(form(client, { scopes: 'view_integrations' }));
    expect(some.body['scope']).toBe('view_integrations');
    const other = await api.token(form(client, { scopes: 'view_integrations delete_everything' }));
    expect(other).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_scope',
        error_description: 'not granted to this client: delete_everything',
      },
    });
  });

  it('does not know a client by a wrong id or a wrong secret', async () => {
    const client = await deployment.integration();
    const other = await deployment.integration();
    const wrongs: Record<string, string>[] = [
      { client_id: randomUUID() },
      { client_secret: 'wrong' },
      { client_secret: other.clientSecret },
      { client_secret: `${client.clientSecret} ` },
    ];
    for (const wrong of wrongs) {
      const { status, headers, body } = await api.token(form(client, wrong));
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toContain('Basic');
      expect(body['error']).toBe('invalid_client');
    }
  });

  it.each<[string, Record<string, string>, string]>([
    ['no grant', { grant_type: '' }, 'invalid_request'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['no organization', { organization_id: '' }, 'invalid_request'],
    ['a NUL', { organization_id: 'a\0b' }, 'invalid_request'],
    ['a form that is too large', { filler: 'x'.repeat(20_000) }, 'invalid_request'],
  ])('answers %s with 400', async (_, more, error) => {
    const { status, body } = await api.token(form(await deployment.integration(), more));
    expect({ status, error: body['error'] }).toEqual({ status: 400, error });
  });

  it('refuses JSON, and a parameter that comes twice', async () => {
    const post = async (body: string, type: string) => {
      const answer = await fetch(`${api.url}/token`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': type },
      });
      return { status: answer.status, error: ((await answer.json()) as { error: string }).error };
    };
    const refused = { status: 400, error: 'invalid_request' };
    expect(await post('{"grant_type":"client_credentials"}', 'application/json')).toEqual(refused);
    const twice = 'grant_type=client_credentials&grant_type=refresh_token';
    expect(await post(twice, 'application/x-www-form-urlencoded')).toEqual(refused);
  });
});

describe('an organization', () => {
  it('where the application is neither installed nor allowed gets no token', async () => {
    const client = await deployment.integration();
    const answer = await api.token(form(client, { organization_id: 'elsewhere' }));
    expect(answer).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
  });

  it('that an operator allows gets one until it is taken from the list', async () => {
    const client = await deployment.integration();
    const place = ['--client-id', client.clientId, '--organization', 'allowed'];
    await operator('client', 'allow', ...place);
    const { body } = await api.token(form(client, { organization_id: 'allowed' }));
    expect(await me(body['access_token'])).toMatchObject({
      status: 200,
      body: { organization_id: 'allowed' },
    });
    await operator('client', 'disallow', ...place);
    expect((await me(body['access_token'])).status).toBe(401);
    const again = await api.token(form(client, { organization_id: 'allowed' }));
    expect(again.body['error']).toBe('unauthorized_client');
  });

  it('has one client of an application, with a queue apart from the installation', async () => {
    const client = await deployment.integration();
    const bodies = await Promise.all(Array.from({ length: 10 }, () => api.token(form(client))));
    const ids = await Promise.all(
      bodies.map(async ({ body }) => (await me(body['access_token'])).body['integration_id']),
    );
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).not.toBe(client.integrationId);
    const queue = await deployment.database.one(
      'SELECT integration_type, organization_id, application_id FROM integration_queue WHERE queue_id = $1',
      [ids[0]],
    );
    expect(queue).toEqual({
      integration_type: 'OAUTH_CLIENT',
      organization_id: client.organizationId,
      application_id: client.applicationId,
    });
  });
});

describe('a refresh token', () => {
  it('gives new tokens once, and the ones before go on being valid', async () => {
    const client = await deployment.integration();
    const first = await api.token(form(client));
    const second = await api.token(refreshForm(client, first));
    expect(second.status).toBe(200);
    expect(second.body['refresh_token']).not.toBe(first.body['refresh_token']);
    expect((await me(first.body['access_token'])).status).toBe(200);
    expect((await me(second.body['access_token'])).status).toBe(200);
  });

  it('that is used a second time revokes everything that came of it', async () => {
    const client = await deployment.integration();
    const unrelated = await api.token(form(client));
    const first = await api.token(form(client));
    const second = await api.token(refreshForm(client, first));
    const reuse = await api.token(refreshForm(client, first));
    expect(reuse).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    for (const { body } of [first, second]) {
      expect((await me(body['access_token'])).status).toBe(401);
    }
    expect((await api.token(refreshForm(client, second))).body['error']).toBe('invalid_grant');
    expect((await me(unrelated.body['access_token'])).status).toBe(200);
  });

  it('that is used twenty times at once gives at most one pair, and that is revoked', async () => {
    const client = await deployment.integration();
    const first = await api.token(form(client));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.token(refreshForm(client, first))),
    );
    const granted = answers.filter(({ status }) => status === 200);
    expect(granted).toHaveLength(1);
    expect((await me(granted[0]?.body['access_token'])).status).toBe(401);
  });

  it('may ask for less, and later again for what was granted first', async () => {
    const client = await deployment.integration();
    const first = await api.token(form(client));
    const less = await api.token(refreshForm(client, first, { scopes: 'view_integrations' }));
    expect(less.body['scope']).toBe('view_integrations');
    const more = await api.token(refreshForm(client, less, { scopes: 'admin' }));
    expect(more.body['error']).toBe('invalid_scope');
    const all = await api.token(refreshForm(client, less));
    expect(all.body['scope']).toBe('edit_integrations,view_integrations');
  });

  it.each<[string, Record<string, string>]>([
    ['unknown', { refresh_token: 'x'.repeat(43) }],
    ['missing', { refresh_token: '' }],
  ])('that is %s is refused', async (_, more) => {
    const client = await deployment.integration();
    const { status } = await api.token(refreshForm(client, await api.token(form(client)), more));
    expect(status).toBe(400);
  });

  it('of another client is refused and stays good for its own', async () => {
    const [client, thief] = [await deployment.integration(), await deployment.integration()];
    const first = await api.token(form(client));
    const stolen = await api.token(refreshForm(thief, first));
    expect(stolen.body['error']).toBe('invalid_grant');
    expect((await api.token(refreshForm(client, first))).status).toBe(200);
  });

  it('that has expired is refused', async () => {
    const client = await deployment.integration();
    const first = await api.token(form(client));
    await deployment.database.query(
      `UPDATE oauth_token SET refresh_expires_at = clock_timestamp() WHERE id = $1`,
      [decodeJwt(String(first.body['access_token'])).iss],
    );
    expect((await api.token(refreshForm(client, first))).body['error']).toBe('invalid_grant');
  });
});

describe('introspection', () => {
  it('tells whose an access token is', async () => {
    const client = await deployment.integration();
    const token = await api.accessToken(client);
    const { iss, exp } = decodeJwt(token);
    expect(await me(token)).toEqual({
      status: 200,
      body: {
        active: true,
        token_type: 'bearer',
        kind: 'OAUTH_CLIENT',
        client_id: client.clientId,
        organization_id: client.organizationId,
        integration_id: expect.any(String),
        scope: 'edit_integrations,view_integrations',
        iss,
        aud: client.organizationId,
        sub: `client://${client.clientId}`,
        exp,
      },
    });
  });

  it('tells whose an integration token is', async () => {
    const client = await deployment.integration({ scopes: ['view_integrations'] });
    expect(await me(client.token)).toEqual({
      status: 200,
      body: {
        active: true,
        token_type: 'bearer',
        kind: 'INTEGRATION',
        client_id: client.clientId,
        organization_id: client.organizationId,
        integration_id: client.integrationId,
        scope: 'view_integrations',
      },
    });
  });
});

describe('what an operator decides', () => {
  it('a suspended application is refused at once, everywhere, and let in again when it is resumed', async () => {
    const client = await deployment.integration();
    const first = await api.token(form(client));
    const tokens = [client.token, first.body['access_token']];
    await operator('application', 'suspend', '--client-id', client.clientId);
    for (const token of tokens) expect((await me(token)).status).toBe(401);
    expect((await api.token(form(client))).body['error']).toBe('unauthorized_client');
    expect((await api.token(refreshForm(client, first))).body['error']).toBe('unauthorized_client');
    await operator('application', 'resume', '--client-id', client.clientId);
    for (const token of tokens) expect((await me(token)).status).toBe(200);
    expect((await api.token(refreshForm(client, first))).status).toBe(200);
  });

  it('an uninstalled integration is refused at once, and so is the client of its organization', async () => {
    const client = await deployment.integration();
    const first = await api.token(form(client));
    await operator('integration', 'uninstall', '--id', client.integrationId);
    for (const token of [client.token, first.body['access_token']]) {
      expect((await me(token)).status).toBe(401);
    }
    expect((await api.token(refreshForm(client, first))).body['error']).toBe('invalid_grant');
    expect((await api.token(form(client))).body['error']).toBe('unauthorized_client');
  });

  it('both client secrets count while one is being replaced, and the former ends when it is ended', async () => {
    const client = await deployment.integration();
    const id = ['--client-id', client.clientId];
    const { clientSecret } = await operator(
      'application',
      'rotate-secret',
      ...id,
      '--overlap',
      '1h',
    );
    const next = { ...client, clientSecret: String(clientSecret) };
    expect((await api.token(form(client))).status).toBe(200);
    expect((await api.token(form(next))).status).toBe(200);
    await operator('application', 'end-former-secret', ...id);
    expect((await api.token(form(client))).body['error']).toBe('invalid_client');
    expect((await api.token(form(next))).status).toBe(200);
  });

  it('revoked tokens are refused', async () => {
    const client = await deployment.integration();
    const first = await api.token(form(client));
    const { code } = await runCommand(deployment.environment, [
      'client',
      'revoke-tokens',
      '--client-id',
      client.clientId,
    ]);
    expect(code).toBe(0);
    expect((await me(first.body['access_token'])).status).toBe(401);
    expect((await api.token(refreshForm(client, first))).body['error']).toBe('invalid_grant');
  });
});
