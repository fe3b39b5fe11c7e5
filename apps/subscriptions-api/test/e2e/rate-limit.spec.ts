import {
  Deployment,
  TcpProxy,
  waitFor,
  type ApiAnswer,
  type ApiClient,
  type SeededIntegration,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.create();
});
afterAll(() => deployment?.dispose());

const TYPES = '{ webhookTypes { type } }';

const ask = (api: ApiClient, token: string): Promise<ApiAnswer> => api.query(token, TYPES);

const burst = (api: ApiClient, token: string, count: number): Promise<ApiAnswer[]> =>
  Promise.all(Array.from({ length: count }, () => ask(api, token)));

const limits = ({ headers }: Pick<ApiAnswer, 'headers'>) => ({
  limit: Number(headers.get('x-ratelimit-limit')),
  remaining: Number(headers.get('x-ratelimit-remaining')),
  reset: Number(headers.get('x-ratelimit-reset')),
});

describe('the rate limits', () => {
  it('are 1,000 a minute by default', async () => {
    const api = await deployment.startApi();
    const { token } = await deployment.integration();
    const before = Date.now() / 1000;
    const first = limits(await ask(api, token));
    expect(first).toMatchObject({ limit: 1000, remaining: 999 });
    expect(first.reset).toBeGreaterThan(before + 58);
    expect(first.reset).toBeLessThan(before + 63);
    expect(limits(await ask(api, token)).remaining).toBe(998);
  });

  it('are 100 a second by default, which a burst exceeds', async () => {
    const api = await deployment.startApi();
    // A slow machine may spread a burst over several windows: the next one has a bearer of its own.
    const refused = await waitFor(
      async () => {
        const { token } = await deployment.integration();
        return (await burst(api, token, 400)).find(({ status }) => status === 429);
      },
      { timeoutMs: 60_000 },
    );
    expect(limits(refused)).toMatchObject({ limit: 100, remaining: 0 });
    expect(refused.headers.get('retry-after')).toBe('1');
  });

  it('let through exactly as many in a second as they say', async () => {
    const api = await deployment.startApi({ API_RATE_LIMIT_PER_SECOND: '7' });
    const { token } = await deployment.integration();
    const began = performance.now();
    const answers = await burst(api, token, 60);
    const windows = Math.floor((performance.now() - began) / 1_000) + 1;
    const granted = answers.filter(({ status }) => status === 200).length;
    const refused = answers.filter(({ status }) => status === 429);
    expect(granted).toBeGreaterThanOrEqual(7);
    expect(granted).toBeLessThanOrEqual(7 * windows);
    expect(granted + refused.length).toBe(60);
    for (const answer of refused) expect(limits(answer).limit).toBe(7);
  });

  it('of a minute are not used up by what the second refuses', async () => {
    const api = await deployment.startApi({ API_RATE_LIMIT_PER_SECOND: '5' });
    const { token } = await deployment.integration();
    const answers = await burst(api, token, 100);
    const last = await waitFor(async () => {
      const answer = await ask(api, token);
      return answer.status === 200 && answer;
    });
    const granted = answers.filter(({ status }) => status === 200).length;
    expect(granted).toBeLessThan(100);
    expect(limits(last)).toMatchObject({ limit: 1000, remaining: 1000 - granted - 1 });
  });

  it('say what is left on every answer, also on errors, and when to come back once nothing is', async () => {
    const api = await deployment.startApi({ API_RATE_LIMIT_PER_MINUTE: '3' });
    const { token } = await deployment.integration();
    const malformed = await api.post('{', { Authorization: `Bearer ${token}` });
    expect([malformed.status, limits(malformed).remaining]).toEqual([400, 2]);
    const invalid = await api.query(token, '{ nothing }');
    expect([invalid.status, limits(invalid).remaining]).toEqual([400, 1]);
    const me = await fetch(`${api.url}/oauth2/me`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(me.headers.get('x-ratelimit-remaining')).toBe('0');
    const refused = await ask(api, token);
    expect(refused).toMatchObject({
      status: 429,
      data: null,
      errors: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    const { limit, remaining, reset } = limits(refused);
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect({ limit, remaining }).toEqual({ limit: 3, remaining: 0 });
    expect(retryAfter).toBeGreaterThan(50);
    expect(Math.abs(reset - (Date.now() / 1000 + retryAfter))).toBeLessThan(3);
  });

  it('are counted together by all replicas, and for each token by itself', async () => {
    const env = { API_RATE_LIMIT_PER_MINUTE: '10' };
    const [one, two] = await Promise.all([deployment.startApi(env), deployment.startApi(env)]);
    const [owner, other] = [await deployment.integration(), await deployment.integration()];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => ask(i % 2 ? one : two, owner.token)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10);
    expect((await ask(one, other.token)).status).toBe(200);
    expect((await ask(two, await one.accessToken(owner))).status).toBe(200);
    expect((await ask(two, owner.token)).status).toBe(429);
  });

  it('of a second end with it', async () => {
    const api = await deployment.startApi({ API_RATE_LIMIT_PER_SECOND: '1' });
    const { token } = await deployment.integration();
    const answers = [await ask(api, token)];
    const deadline = Date.now() + 20_000;
    // Refused and let through again, in this order: asked as often as it takes.
    for (const status of [429, 200]) {
      while (answers.at(-1)?.status !== status && Date.now() < deadline)
        answers.push(await ask(api, token));
    }
    const statuses = answers.map((answer) => answer.status);
    expect(statuses[0]).toBe(200);
    expect(statuses.at(-1)).toBe(200);
    expect(statuses).toContain(429);
  });
});

describe('a token that has exceeded a limit', () => {
  it('is refused from memory until it may come again: not even the database has to be there', async () => {
    const proxy = await TcpProxy.start(deployment.database.url);
    const api = await deployment.startApi({
      DATABASE_URL: proxy.through(deployment.database.url),
      API_RATE_LIMIT_PER_MINUTE: '1',
    });
    const [{ token }, other] = [await deployment.integration(), await deployment.integration()];
    await ask(api, token);
    const first = await ask(api, token);
    proxy.goDown();
    const second = await ask(api, token);
    expect([first.status, second.status]).toEqual([429, 429]);
    expect(limits(second)).toMatchObject({ limit: 1, remaining: 0 });
    expect(Math.abs(limits(second).reset - limits(first).reset)).toBeLessThan(2);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(50);
    expect((await ask(api, other.token)).status).toBe(503);
    await proxy.close();
  });

  it('does not keep another token of its client from being used', async () => {
    const api = await deployment.startApi({ API_RATE_LIMIT_PER_MINUTE: '2' });
    const client = await deployment.integration();
    const [one, two] = [await api.accessToken(client), await api.accessToken(client)];
    const statuses: number[] = [];
    for (const token of [one, one, one, two]) statuses.push((await ask(api, token)).status);
    expect(statuses).toEqual([200, 200, 429, 200]);
  });
});

describe('the token endpoint', () => {
  const form = ({ clientId, clientSecret, organizationId }: SeededIntegration) => ({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    organization_id: organizationId,
  });

  it.each(['/token', '/oauth2/token'])('has the limits of the API at %s', async (path) => {
    const api = await deployment.startApi();
    const client = await deployment.integration();
    const answers = [await api.token(form(client), { path }), await api.token(form(client))];
    const shown = answers.map(limits);
    expect(shown).toMatchObject([
      { limit: 1000, remaining: 999 },
      { limit: 1000, remaining: 998 },
    ]);
  });

  it('issues no more to an application than its limit, on any replica and by any grant', async () => {
    const env = { API_RATE_LIMIT_PER_MINUTE: '3' };
    const [one, two] = await Promise.all([deployment.startApi(env), deployment.startApi(env)]);
    const client = await deployment.integration();
    const first = await one.token(form(client));
    const refresh = {
      ...form(client),
      grant_type: 'refresh_token',
      refresh_token: String(first.body['refresh_token']),
    };
    expect((await two.token(refresh)).status).toBe(200);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).token(form(client))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(19);
    for (const answer of refused) {
      expect(answer.body['error']).toBe('slow_down');
      expect(limits(answer)).toMatchObject({ limit: 3, remaining: 0 });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50);
    }
    expect((await one.token(form(await deployment.integration()))).status).toBe(200);
  });

  it('limits whoever guesses, and never the client whose id that is', async () => {
    const api = await deployment.startApi({ API_RATE_LIMIT_PER_MINUTE: '3' });
    const client = await deployment.integration();
    const statuses: number[] = [];
    for (const guess of ['a', 'b', 'c', 'd', 'd', 'e']) {
      const { status } = await api.token({ ...form(client), client_secret: guess });
      statuses.push(status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429]);
    const own = await api.token(form(client));
    expect(own.status).toBe(200);
    expect(limits(own)).toMatchObject({ limit: 3, remaining: 2 });
  });

  it('refuses a client that has to wait from memory, and says 503 while the database is away', async () => {
    const proxy = await TcpProxy.start(deployment.database.url);
    const api = await deployment.startApi({
      DATABASE_URL: proxy.through(deployment.database.url),
      API_RATE_LIMIT_PER_MINUTE: '1',
    });
    const [client, other] = [await deployment.integration(), await deployment.integration()];
    await api.token(form(client));
    expect((await api.token(form(client))).status).toBe(429);
    proxy.goDown();
    expect((await api.token(form(client))).status).toBe(429);
    const away = await api.token(form(other));
    expect(away).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(away.headers.get('retry-after')).toBe('5');
    await proxy.close();
  });
});
