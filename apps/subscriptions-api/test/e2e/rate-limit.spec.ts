import { Deployment, type ApiAnswer, type ApiClient } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.create();
});
afterAll(() => deployment?.dispose());

const TYPES = '{ webhookTypes { type } }';

const ask = (api: ApiClient, token: string): Promise<ApiAnswer> => api.query(token, TYPES);

const limits = ({ headers }: ApiAnswer) => ({
  limit: Number(headers.get('x-ratelimit-limit')),
  remaining: Number(headers.get('x-ratelimit-remaining')),
  reset: Number(headers.get('x-ratelimit-reset')),
});

describe('the rate limits', () => {
  it('are 1,000 a minute and 100 a second by default', async () => {
    const api = await deployment.startApi();
    const { token } = await deployment.integration();
    const before = Date.now() / 1000;
    const first = limits(await ask(api, token));
    expect(first).toMatchObject({ limit: 1000, remaining: 999 });
    expect(first.reset).toBeGreaterThan(before + 58);
    expect(first.reset).toBeLessThan(before + 63);
    expect(limits(await ask(api, token)).remaining).toBe(998);
    // All of them within one window of a second, however slow the machine: only then some are refused.
    const answers = await Promise.all(Array.from({ length: 250 }, () => ask(api, token)));
    const refused = answers.filter(({ status }) => status === 429);
    const granted = answers.filter(({ status }) => status === 200);
    expect(granted.length + refused.length).toBe(250);
    for (const answer of refused) {
      expect(limits(answer)).toMatchObject({ limit: 100, remaining: 0 });
      expect(Number(answer.headers.get('retry-after'))).toBe(1);
    }
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
