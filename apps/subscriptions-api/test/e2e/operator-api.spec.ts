import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OperatorTokensStore, type OperatorRole } from '@app/operations';
import {
  type ApiAnswer,
  type ApiClient,
  Deployment,
  type SeededIntegration,
  TcpProxy,
  waitFor,
} from '@app/testing';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PATH = '/operator/graphql';
const ME = '{ me { name role } }';

let deployment: Deployment;
let api: ApiClient;
let ours: SeededIntegration;
let tokens: OperatorTokensStore;
let keyServer: Server;
const platform = generateKeyPairSync('rsa', { modulusLength: 2048 });

beforeAll(async () => {
  const jwk = { ...(await exportJWK(platform.publicKey)), kid: 'p', alg: 'RS256', use: 'sig' };
  keyServer = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await once(keyServer.listen(0, '127.0.0.1'), 'listening');
  deployment = await Deployment.create();
  const { port } = keyServer.address() as AddressInfo;
  api = await deployment.startApi({
    TOKEN_JWKS_URL: `http://127.0.0.1:${port}/`,
    API_CORS_ORIGINS: 'https://app.example',
  });
  ours = await deployment.integration();
  tokens = new OperatorTokensStore(deployment.dataSource);
});
afterAll(async () => {
  await deployment?.dispose();
  keyServer?.close();
});

let named = 0;
const created = (role: OperatorRole = 'operator', expiresInMs?: number) =>
  tokens.create({ name: `operator ${(named += 1)}`, role, expiresInMs });
const tokenOf = async (role?: OperatorRole): Promise<string> => (await created(role)).token;

const codeOf = ({ status, errors }: ApiAnswer) => [status, errors[0]?.extensions['code']];

async function platformToken(): Promise<string> {
  const [, payload = ''] = (await api.accessToken(ours)).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, string>;
  const jwt = new SignJWT({ ...claims, iss: 'of the platform' });
  return jwt.setProtectedHeader({ alg: 'RS256', kid: 'p' }).sign(platform.privateKey);
}

async function ended(how: 'revoked' | 'expired'): Promise<string> {
  const { id, token } = await created('operator', 60_000);
  await deployment.database.query(
    `UPDATE operator_token SET ${how}_at = clock_timestamp() WHERE id = $1`.replace(
      'expired_at',
      'expires_at',
    ),
    [id],
  );
  return token;
}

describe('the operator API', () => {
  it('answers the bearer of an operator token and writes down what was done in their name', async () => {
    const { name, token } = await created();
    expect((await api.operate(token, ME)).data).toEqual({ me: { name, role: 'OPERATOR' } });
    const pause = `mutation($input: QueueActionInput!) { pauseQueue(input: $input) { outcome } }`;
    const input = { integrationId: ours.integrationId, reason: 'maintenance' };
    const { headers, data } = await api.operate(token, pause, { input });
    expect(data).toEqual({ pauseQueue: { outcome: 'CHANGED' } });
    const log = '{ auditLog(first: 1) { edges { node { actor action reason } } } }';
    expect((await api.operate(await tokenOf('viewer'), log)).data).toEqual({
      auditLog: { edges: [{ node: { actor: name, action: 'pause', reason: 'maintenance' } }] },
    });
    const requestId = headers.get('x-request-id');
    const line = await waitFor(() =>
      deployment.apis[0]?.log
        .of('request.answered')
        .find((each) => each['requestId'] === requestId),
    );
    expect(line).toMatchObject({ path: PATH, bearer: 'operator', operator: name, status: 200 });
  });

  it('lets a viewer see, and refuses what would change anything', async () => {
    const token = await tokenOf('viewer');
    const queue = 'query($id: UUID!) { queue(integrationId: $id) { depth } }';
    const seen = await api.operate(token, queue, { id: ours.integrationId });
    expect(seen.data).toEqual({ queue: { depth: 0 } });
    const resume = 'mutation($input: QueueActionInput!) { resumeQueue(input: $input) { outcome } }';
    const input = { integrationId: ours.integrationId };
    const refused = await api.operate(token, resume, { input });
    expect(codeOf(refused)).toEqual([200, 'FORBIDDEN']);
    expect(refused.errors[0]?.extensions).toMatchObject({
      requestId: refused.headers.get('x-request-id'),
      requiredRole: 'operator',
    });
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ['no token', async () => undefined],
    ['an integration token', async () => `Bearer ${ours.token}`],
    ['an access token', async () => `Bearer ${await api.accessToken(ours)}`],
    ["the platform's access token", async () => `Bearer ${await platformToken()}`],
    ['an unknown one', async () => `Bearer hcop_${'x'.repeat(43)}`],
    ['a part of one', async () => `Bearer ${(await tokenOf()).slice(0, -1)}`],
    ['one of another scheme', async () => `Basic ${await tokenOf()}`],
    ['a revoked one', async () => `Bearer ${await ended('revoked')}`],
    ['an expired one', async () => `Bearer ${await ended('expired')}`],
  ])('refuses %s before it reads anything of the request', async (_, authorization) => {
    const given = await authorization();
    const headers = given === undefined ? undefined : { Authorization: given };
    const answer = await api.post('no JSON', headers, PATH);
    expect(codeOf(answer)).toEqual([401, 'UNAUTHENTICATED']);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer realm=');
    expect(answer.errors[0]?.extensions['requestId']).toBe(answer.headers.get('x-request-id'));
  });

  it('is refused to the platform, whose token the other API takes', async () => {
    const answer = await api.query(await platformToken(), '{ webhookTypes { type } }');
    expect(answer.status).toBe(200);
  });

  it('has tokens that count nowhere else', async () => {
    const token = await tokenOf();
    expect((await api.operate(token, ME)).status).toBe(200);
    expect(codeOf(await api.query(token, '{ webhookTypes { type } }'))).toEqual([
      401,
      'UNAUTHENTICATED',
    ]);
    const headers = { Authorization: `Bearer ${token}` };
    const me = await fetch(`${api.url}/oauth2/me`, { headers });
    expect(me.status).toBe(401);
  });

  it('refuses a token with the next request after it was revoked', async () => {
    const { id, token } = await created();
    expect((await api.operate(token, ME)).status).toBe(200);
    await tokens.revoke({ id });
    expect((await api.operate(token, ME)).status).toBe(401);
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['is no JSON', '{"query":', { status: 400, code: 'BAD_REQUEST' }],
    ['is a batch', `[{"query":"${ME}"}]`, { status: 400, code: 'BAD_REQUEST' }],
    ['has no query', '{}', { status: 400, code: 'BAD_REQUEST' }],
    ['is too large', `"${'x'.repeat(100_000)}"`, { status: 413, code: 'PAYLOAD_TOO_LARGE' }],
    [
      'asks what only the other schema has',
      '{"query":"{ webhooks { id } }"}',
      { status: 400, code: 'GRAPHQL_VALIDATION_FAILED' },
    ],
  ])('refuses a request that %s', async (_, body, { status, code }) => {
    const headers = { Authorization: `Bearer ${await tokenOf()}` };
    expect(codeOf(await api.post(body, headers, PATH))).toEqual([status, code]);
  });

  it('is asked by POST, at its path alone', async () => {
    const headers = { Authorization: `Bearer ${await tokenOf()}` };
    const get = await fetch(`${api.url}${PATH}?query=${encodeURIComponent(ME)}`, { headers });
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    for (const path of ['/operator', '/operator/', `${PATH}/x`, '/operator/graphiql']) {
      const body = JSON.stringify({ query: ME });
      expect((await api.post(body, headers, path)).status, path).toBe(404);
    }
  });

  it('says nothing to pages of other origins, also where the other API does', async () => {
    const origin = { Origin: 'https://app.example' };
    const other = await api.post('{}', { ...origin, Authorization: `Bearer ${ours.token}` });
    expect(other.headers.get('access-control-allow-origin')).toBe('https://app.example');
    const authorized = { ...origin, Authorization: `Bearer ${await tokenOf()}` };
    const answer = await api.post(JSON.stringify({ query: ME }), authorized, PATH);
    expect(answer.status).toBe(200);
    const preflight = await fetch(`${api.url}${PATH}`, {
      method: 'OPTIONS',
      headers: { ...origin, 'Access-Control-Request-Method': 'POST' },
    });
    expect(preflight.status).toBe(401);
    for (const { headers } of [answer, preflight]) {
      const names = [...headers.keys()].filter((name) => name.startsWith('access-control'));
      expect(names).toEqual([]);
    }
  });
});

/** All that is known of a queue but its messages. */
const QUEUE_FIELDS = `integrationId integrationType organizationId applicationId status state depth
  oldestWaitingAt headSeq pausedAt suspendedAt blockedAt healthySince attempts lastTriedAt lastErrorCode
  lastErrorMessage nextAttemptAt leaseOwner leaseUntil messagesPerSecond
  recovery { effectiveMode mode backoffMinMs backoffMaxMs gaveUpAt gaveUpReason }`;

describe('an operation of operators', () => {
  it('may ask for a full page of queues with everything', async () => {
    const query = `{ queues(first: 100) { edges { cursor node { ${QUEUE_FIELDS} } }
      pageInfo { hasNextPage endCursor } } }`;
    expect((await api.operate(await tokenOf(), query)).status).toBe(200);
  });

  it.each<[string, string, Record<string, unknown>]>([
    [
      'messages of a page of queues',
      '{ queues(first: 100) { edges { node { nextMessages(first: 100) { edges { node { seq } } } } } } }',
      {},
    ],
    [
      'them by variables',
      `query($n: Int!) { queues(first: $n) { edges { node { nextMessages(first: $n) {
        edges { node { seq } } } } } } }`,
      { n: 100 },
    ],
    [
      'them by the defaults of variables',
      `query($n: Int! = 100) { queues(first: $n) { edges { node { nextMessages(first: $n) {
        edges { node { seq } } } } } } }`,
      {},
    ],
    [
      'the values of many dead letters',
      '{ deadLetters(first: 100) { edges { node { value } } } }',
      {},
    ],
  ])('may not ask for %s', async (_, query, variables) => {
    const answer = await api.operate(await tokenOf(), query, variables);
    expect(codeOf(answer)).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    expect(answer.errors[0]?.message).toContain('The operation exceeds the limit of complexity');
  });

  it('that fails by a fault of the service says so and no more, and is found in the log', async () => {
    await deployment.database.query('ALTER TABLE operator_action RENAME TO away');
    const log = '{ auditLog { edges { node { id } } } }';
    const answer = await api.operate(await tokenOf(), log);
    await deployment.database.query('ALTER TABLE away RENAME TO operator_action');
    expect(answer.errors).toMatchObject([
      { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
    ]);
    const requestId = answer.headers.get('x-request-id');
    const line = await deployment.apis[0]?.log.waitFor('operation.failed');
    expect(line).toMatchObject({ requestId });
  });

  it('is answered although the service is told to stop meanwhile', async () => {
    const other = await deployment.startApi();
    const service = deployment.apis.at(-1);
    const lock = await deployment.database.connect();
    const { integrationId } = await deployment.integration();
    await lock.query('BEGIN');
    await lock.query('SELECT FROM integration_queue WHERE queue_id = $1 FOR UPDATE', [
      integrationId,
    ]);
    const pause = 'mutation($input: QueueActionInput!) { pauseQueue(input: $input) { outcome } }';
    const answer = other.operate(await tokenOf(), pause, { input: { integrationId } });
    await deployment.database.waitingForLock('happycolis-webhooks api');
    service?.kill('SIGTERM');
    await service?.log.waitFor(({ step }) => step === 'stop deleting tokens');
    await lock.query('ROLLBACK');
    expect((await answer).data).toEqual({ pauseQueue: { outcome: 'CHANGED' } });
    expect(await service?.exited).toEqual({ code: 0, signal: null });
  });
});

describe('the limits of the operator API', () => {
  it('are those of the other API, for each token', async () => {
    const limited = await deployment.startApi({ API_RATE_LIMIT_PER_MINUTE: '2' });
    const [one, two] = [await tokenOf(), await tokenOf()];
    const statuses: number[] = [];
    for (const token of [one, one, one, two]) {
      statuses.push((await limited.operate(token, ME)).status);
    }
    expect(statuses).toEqual([200, 200, 429, 200]);
    const refused = await limited.operate(one, ME);
    expect(codeOf(refused)).toEqual([429, 'RATE_LIMITED']);
    expect(refused.headers.get('x-ratelimit-limit')).toBe('2');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await limited.query(one, ME)).status).toBe(401);
  });

  it('show no schema where the other API does not', async () => {
    const query = '{ __schema { queryType { name } } }';
    expect((await api.operate(await tokenOf(), query)).status).toBe(200);
    const production = await deployment.startApi({ NODE_ENV: 'production' });
    expect((await production.operate(await tokenOf(), query)).status).toBe(400);
    const typo = await production.operate(await tokenOf(), '{ queuez { x } }');
    expect(typo.errors[0]?.message).not.toContain('Did you mean');
  });

  it('of what it can do is the database: 503 while that is away', async () => {
    const proxy = await TcpProxy.start(deployment.database.url);
    const cut = await deployment.startApi({
      DATABASE_URL: proxy.through(deployment.database.url),
    });
    const token = await tokenOf();
    expect((await cut.operate(token, ME)).status).toBe(200);
    proxy.goDown();
    const away = await cut.operate(token, ME);
    expect(codeOf(away)).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(away.headers.get('retry-after')).toBe('5');
    await proxy.close();
  });
});
