import { createHash } from 'node:crypto';
import { Deployment, TcpProxy, type ApiClient } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;
let api: ApiClient;
let token: string;

beforeAll(async () => {
  deployment = await Deployment.create();
  api = await deployment.startApi();
  ({ token } = await deployment.integration());
});
afterAll(() => deployment?.dispose());

const bearer = (of = token) => ({ Authorization: `Bearer ${of}` });
/** A Content-Security-Policy, by directive. */
const policyOf = ({ headers }: Response): Map<string, string[]> =>
  new Map(
    (headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources];
    }),
  );

const scriptsOf = (html: string): string[] =>
  [...html.matchAll(/<script src="([^"]+)"/g)].map(([, url = '']) => url);

function hashOfInlineScript(html: string): string {
  const [[, script = ''] = [], ...others] = html.matchAll(/<script>(.*?)<\/script>/gs);
  expect(others).toEqual([]);
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}

const TYPES = '{ webhookTypes { type } }';
const INTROSPECTION = '{ __schema { queryType { name } } }';

describe('a request', () => {
  it.each<[string, string, number, string]>([
    ['that is no JSON', '{"query":', 400, 'BAD_REQUEST'],
    ['that is empty', '', 400, 'BAD_REQUEST'],
    ['that is an empty object', '{}', 400, 'BAD_REQUEST'],
    ['that is an empty array', '[]', 400, 'BAD_REQUEST'],
    [
      'whose variables are text',
      '{"query":"{ webhooks { id } }","variables":"x"}',
      400,
      'BAD_REQUEST',
    ],
    [
      'whose variables are a list',
      '{"query":"{ webhooks { id } }","variables":[]}',
      400,
      'BAD_REQUEST',
    ],
    [
      'whose extensions are text',
      '{"query":"{ webhooks { id } }","extensions":"x"}',
      400,
      'BAD_REQUEST',
    ],
    [
      'whose operationName is a number',
      '{"query":"{ webhooks { id } }","operationName":1}',
      400,
      'BAD_REQUEST',
    ],
    ['that is a JSON text', '"query"', 400, 'BAD_REQUEST'],
    ['without query', '{"variables":{}}', 400, 'BAD_REQUEST'],
    ['whose query is a number', '{"query":1}', 400, 'BAD_REQUEST'],
    ['whose query does not parse', '{"query":"{ webhooks"}', 400, 'GRAPHQL_PARSE_FAILED'],
    ['for an unknown field', '{"query":"{ nothing }"}', 400, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'without the input that a mutation needs',
      '{"query":"mutation { integrationWebhookRemove { id } }"}',
      400,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'for an operation that it does not have',
      `{"query":"query A { webhooks { id } }","operationName":"B"}`,
      400,
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['that is a batch', `[{"query":"${TYPES}"},{"query":"${TYPES}"}]`, 400, 'BAD_REQUEST'],
  ])('%s is answered with its status and code', async (_, body, status, code) => {
    const answer = await api.post(body, bearer());
    expect({ status: answer.status, code: answer.errors[0]?.extensions['code'] }).toEqual({
      status,
      code,
    });
    const requestId = answer.headers.get('x-request-id');
    expect(requestId).toBeTruthy();
    expect(answer.errors[0]?.extensions['requestId']).toBe(requestId);
  });

  it('of more than 100 kB is refused, one of just less is read', async () => {
    const padded = (bytes: number) => {
      const body = JSON.stringify({ query: TYPES, pad: '' });
      return body.replace('"pad":""', `"pad":"${'x'.repeat(bytes - body.length)}"`);
    };
    expect((await api.post(padded(100_000), bearer())).status).toBe(200);
    const large = await api.post(padded(100_001), bearer());
    expect(large).toMatchObject({
      status: 413,
      errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }],
    });
  });

  it('by GET is not taken, nor one that a form of a foreign page could send', async () => {
    const url = `${api.url}/graphql?query=${encodeURIComponent(TYPES)}`;
    const got = await fetch(url, { headers: bearer() });
    expect(got.status).toBe(405);
    expect(got.headers.get('allow')).toBe('POST');
    for (const type of [
      'text/plain',
      'application/graphql',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const foreign = await api.post(JSON.stringify({ query: TYPES }), {
        ...bearer(),
        'Content-Type': type,
      });
      const requestId = foreign.headers.get('x-request-id');
      expect(foreign).toMatchObject({
        status: 400,
        data: null,
        errors: [{ extensions: { code: 'BAD_REQUEST', requestId } }],
      });
    }
  });

  it('that asks for too much is refused before anything of it is done', async () => {
    const answers = await Promise.all(
      [
        `{ ${Array.from({ length: 21 }, (_, i) => `a${i}: webhooks { id }`).join(' ')} }`,
        '{ webhooks { id type health endPoint headerNames createdAt } a: webhooks { id type health endPoint headerNames createdAt } b: webhooks { id type health endPoint headerNames createdAt } }',
        `{ ${'webhooks { id } '.repeat(600)} }`,
        `mutation { ${Array.from({ length: 20 }, (_, i) => `m${i}: integrationWebhookRemove(id: "x") { id }`).join(' ')} }`,
      ].map((query) => api.query(token, query)),
    );
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect(answers.map(({ errors }) => errors[0]?.message.replace(/:.*/, ''))).toEqual([
      'The operation exceeds the limit of aliases',
      'The operation exceeds the limit of complexity',
      'Syntax Error',
      'The operation exceeds the limit of complexity',
    ]);
  });

  it('keeps the id that a gateway gave it, if that is one, and has one in any case', async () => {
    const idOf = async (given?: string) => {
      const headers = { ...bearer(), ...(given === undefined ? {} : { 'X-Request-Id': given }) };
      return await api.post(JSON.stringify({ query: '{ integration(id: "x") { id } }' }), headers);
    };
    const given = await idOf('gateway-0001');
    expect(given.headers.get('x-request-id')).toBe('gateway-0001');
    expect(given.errors[0]?.extensions['requestId']).toBe('gateway-0001');
    for (const bad of [undefined, 'x', '{"forged":"line"}', 'y'.repeat(100)]) {
      expect((await idOf(bad)).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('does not tell what answers it', async () => {
    const { headers } = await api.query(token, TYPES);
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('etag')).toBeNull();
  });
});

describe('a path', () => {
  it.each([
    '/graphql/foo',
    '/graphql/%2F',
    '/graphiql/x',
    '/token/x',
    '/oauth2/token/x',
    '/oauth2/me/x',
    '/oauth2',
    '/',
  ])('that nothing is at (%s) is answered in the form of all errors', async (path) => {
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(`${api.url}${path}`, { method, headers: bearer() });
      expect(answer.status).toBe(404);
      const requestId = answer.headers.get('x-request-id');
      expect(await answer.json()).toEqual({
        errors: [
          {
            message: 'There is nothing at this path',
            extensions: { code: 'NOT_FOUND', requestId },
          },
        ],
      });
    }
  });

  it.each([
    ['/token', 'GET', 'POST'],
    ['/oauth2/token', 'PUT', 'POST'],
    ['/oauth2/me', 'POST', 'GET, HEAD'],
    ['/graphql', 'DELETE', 'POST'],
  ])('%s is not for %s, and tells for what it is', async (path, method, allow) => {
    const answer = await fetch(`${api.url}${path}`, { method, headers: bearer() });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(await answer.json()).toMatchObject({
      errors: [{ extensions: { code: 'METHOD_NOT_ALLOWED' } }],
    });
  });
});

describe('introspection and GraphiQL', () => {
  it('are there outside of production', async () => {
    expect((await api.query(token, INTROSPECTION)).data).toEqual({
      __schema: { queryType: { name: 'Query' } },
    });
    const page = await fetch(`${api.url}/graphiql`);
    expect(page.status).toBe(200);
    const html = await page.text();
    const scripts = html.match(/<(script|link)[^>]+(src|href)="https[^>]+>/g) ?? [];
    expect(scripts).toHaveLength(4);
    for (const script of scripts) expect(script).toMatch(/integrity="sha384-[\w+/]{64}"/);
    expect(policyOf(page).get('script-src')).toEqual([
      ...scriptsOf(html),
      hashOfInlineScript(html),
    ]);
    expect(policyOf(page).get('connect-src')).toEqual(["'self'"]);
    expect(policyOf(page).get('frame-ancestors')).toEqual(["'none'"]);
    expect(policyOf(page).get('default-src')).toEqual(["'none'"]);
  });

  it('are not there in production, and then an error names no field that was not asked for', async () => {
    const production = await deployment.startApi({ NODE_ENV: 'production' });
    const answer = await production.query(token, INTROSPECTION);
    expect(answer).toMatchObject({ status: 400, data: null });
    expect((await fetch(`${production.url}/graphiql`)).status).toBe(404);
    const misspelt = await production.query(token, '{ webhook { id } }');
    expect(misspelt.status).toBe(400);
    expect(misspelt.text).not.toContain('webhooks');
    expect((await production.query(token, '{ _service { sdl } }')).errors).toEqual([]);
  });

  it('are what the configuration says, wherever it runs', async () => {
    const opened = await deployment.startApi({
      NODE_ENV: 'production',
      API_INTROSPECTION: 'true',
      API_GRAPHIQL: 'true',
    });
    expect((await opened.query(token, INTROSPECTION)).status).toBe(200);
    expect((await fetch(`${opened.url}/graphiql`)).status).toBe(200);
  });
});

describe('a web page of another origin', () => {
  const ask = (url: string, origin: string) =>
    fetch(`${url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type',
      },
    });

  it('may not call by default', async () => {
    const preflight = await ask(api.url, 'https://app.example');
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    const { headers } = await api.post(JSON.stringify({ query: TYPES }), {
      ...bearer(),
      Origin: 'https://app.example',
    });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('may call where the configuration lists it, and no other', async () => {
    const open = await deployment.startApi({ API_CORS_ORIGINS: 'https://app.example' });
    const listed = await ask(open.url, 'https://app.example');
    expect(listed.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(listed.headers.get('access-control-allow-headers')).toContain('Authorization');
    const other = await ask(open.url, 'https://other.example');
    expect(other.headers.get('access-control-allow-origin')).not.toBe('https://other.example');
  });
});

describe('what is not the fault of the caller', () => {
  it('shows nothing of itself, and is found in the log by the id of the request', async () => {
    const { token: own } = await deployment.integration();
    const withoutTable = async () => {
      await deployment.database.query('ALTER TABLE integration_webhook RENAME TO hidden_webhook');
      try {
        return await api.query(own, '{ webhooks { id } }');
      } finally {
        await deployment.database.query('ALTER TABLE hidden_webhook RENAME TO integration_webhook');
      }
    };
    const answer = await withoutTable();
    const requestId = answer.headers.get('x-request-id');
    expect(answer).toMatchObject({
      status: 200,
      data: null,
      errors: [
        {
          message: 'Internal server error',
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
        },
      ],
    });
    expect(answer.text).not.toMatch(/relation|SELECT|integration_webhook|stack/);
    const [service] = deployment.apis;
    const line = await service?.log.waitFor(
      (each) => each.event === 'operation.failed' && each['requestId'] === requestId,
    );
    expect(line?.['error']).toMatchObject({
      message: expect.stringContaining('integration_webhook'),
    });
    expect((await api.query(own, '{ webhooks { id } }')).errors).toEqual([]);
  });

  it('is 503 while the database is away, also for a good token, and over when it is back', async () => {
    const proxy = await TcpProxy.start(deployment.database.url);
    const behind = await deployment.startApi({
      DATABASE_URL: proxy.through(deployment.database.url),
    });
    expect((await behind.query(token, TYPES)).status).toBe(200);
    proxy.goDown();
    const away = await behind.query(token, TYPES);
    expect(away).toMatchObject({
      status: 503,
      errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
    });
    expect(away.headers.get('retry-after')).toBe('5');
    expect(away.headers.get('www-authenticate')).toBeNull();
    const ready = await fetch(`${behind.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect((await fetch(`${behind.url}/health/live`)).status).toBe(200);
    proxy.comeBack();
    expect((await behind.query(token, TYPES)).status).toBe(200);
    await proxy.close();
  });
});
