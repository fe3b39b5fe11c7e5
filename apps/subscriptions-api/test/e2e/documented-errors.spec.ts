import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiDocument, patternOf } from './documentation/document.js';
import { ErrorScene, refusalOf, type Refusal } from './documentation/error-scene.js';
import { GRAPHQL_ERRORS } from './documentation/graphql-errors.js';
import { TOKEN_ENDPOINT_ERRORS } from './documentation/token-endpoint-errors.js';
import { TOKEN_REFUSALS } from './documentation/token-refusals.js';

const document = new ApiDocument('API_ERRORS.md');
let scene: ErrorScene;

beforeAll(async () => {
  scene = await ErrorScene.create();
});

afterAll(() => scene.dispose());

/** Without back quotes, as cells of the documentation are read. */
const plain = (message: unknown): string => String(message).replaceAll('`', '');

const tables: readonly {
  name: string;
  cases: Readonly<Record<string, (given: ErrorScene) => Promise<Refusal>>>;
}[] = [
  { name: 'graphql', cases: GRAPHQL_ERRORS },
  { name: 'token', cases: TOKEN_ENDPOINT_ERRORS },
];

describe.each(tables)('the documented errors of $name', ({ name, cases }) => {
  const rows = document.table(name);

  it('are those that are provoked here', () => {
    expect(rows.map(([condition = '']) => condition).toSorted()).toEqual(
      Object.keys(cases).toSorted(),
    );
  });

  it.each(rows)('%s: %s %s', async (condition = '', status = '', code = '', message = '') => {
    const refusal = await cases[condition]?.(scene);
    expect(refusal && { ...refusal, message: plain(refusal.message) }).toEqual({
      status: Number(status),
      code,
      message: expect.stringMatching(patternOf(message)) as string,
      ...(name === 'graphql' && { isNamed: true }),
    });
  });
});

describe('the documented limits', () => {
  it('are told with every answer, and with a refusal when to come again', async () => {
    const { token } = await scene.integration();
    const { api, poor } = scene.parts;
    const query = '{ webhookTypes { type } }';

    const [first, second] = [await api.query(token, query), await api.query(token, query)];

    expect(first.headers.get('x-ratelimit-limit')).toBe('1000');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('999');
    expect(second.headers.get('x-ratelimit-remaining')).toBe('998');
    const refused = await poor.query(token, query);
    const seconds = Number(refused.headers.get('retry-after'));
    const resetsIn = Number(refused.headers.get('x-ratelimit-reset')) - Date.now() / 1_000;
    expect(refused.status).toBe(429);
    expect(seconds).toBeGreaterThan(0);
    expect(Math.abs(resetsIn - seconds)).toBeLessThan(5);
  });
});

describe('the documented reasons to refuse a token', () => {
  const rows = document.table('tokens');

  it('are those that are provoked here', () => {
    const reasons = rows.map(([reason = '']) => reason);
    expect(reasons.toSorted()).toEqual(Object.keys(TOKEN_REFUSALS).toSorted());
  });

  it.each(rows)('%s', async (reason = '') => {
    const answer = await TOKEN_REFUSALS[reason]?.(scene);
    expect(answer && refusalOf(answer)).toEqual({
      status: 401,
      code: 'UNAUTHENTICATED',
      isNamed: true,
      message: expect.stringMatching(patternOf(`A valid token is needed: ${reason}`)) as string,
    });
    expect(answer?.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
  });
});

describe('the documented endpoints that are refused', () => {
  const mutation = `mutation($input: IntegrationWebhookInput!) {
    integrationWebhookCreate(input: $input) { id }
  }`;

  it.each(document.table('endpoint'))('%s: %s', async (shown = '', documented = '') => {
    const isShown = !shown.startsWith('(');
    const endPoint = isShown ? shown : `https://your-app.com/${'x'.repeat(2_048)}`;
    const { token } = await scene.integration();
    const answer = await scene.parts.api.query(token, mutation, { input: { endPoint } });
    expect(refusalOf(answer)).toEqual({
      status: 200,
      code: 'BAD_USER_INPUT',
      isNamed: true,
      message: `endPoint: The endpoint ${documented}`,
    });
  });
});
