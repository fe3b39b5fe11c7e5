import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MetricsServer } from './metrics-server.js';
import { Metrics } from './metrics.js';

let server: MetricsServer;

beforeEach(async () => {
  const metrics = new Metrics();
  metrics.counter({ name: 'webhooks_things_total', help: 'Things, «counted».' })(3);
  server = new MetricsServer(metrics);
  await server.listen(0);
});

afterEach(() => server.close());

const ask = (path: string, method = 'GET'): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { method });

describe('a server of metrics', () => {
  it('answers a scrape in the text format, and no cache keeps it', async () => {
    const answer = await ask('/metrics?from=anywhere');
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(text).toContain('\nwebhooks_things_total 3\n');
  });

  it('answers HEAD with the same head alone', async () => {
    const answer = await ask('/metrics', 'HEAD');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(100);
    expect(await answer.text()).toBe('');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    const answer = await ask('/metrics', method);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    expect(await answer.text()).toBe('');
  });

  it.each(['/', '/metrics/', '/metric', '/health/live'])('has nothing at %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it('answers health checks beside them, where it is given some', async () => {
    const missing = ['The database is away.'];
    const checked = new MetricsServer(new Metrics(), {
      '/health/live': async () => ({ isGood: true, body: { status: 'live' } }),
      '/health/ready': async () => ({ isGood: false, body: { ready: false, missing } }),
    });
    await checked.listen(0);
    const [live, ready] = await Promise.all(
      ['live', 'ready'].map((check) => fetch(`http://127.0.0.1:${checked.port}/health/${check}`)),
    );
    expect([live?.status, await live?.json()]).toEqual([200, { status: 'live' }]);
    expect([ready?.status, await ready?.json()]).toEqual([503, { ready: false, missing }]);
    checked.close();
  });

  it('rejects where somebody else listens', async () => {
    const other = new MetricsServer(new Metrics());
    await expect(other.listen(server.port ?? 0)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('ends connections that are kept alive', async () => {
    const { port } = server;
    await (await ask('/metrics')).text();
    server.close();
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow('fetch failed');
  });
});
