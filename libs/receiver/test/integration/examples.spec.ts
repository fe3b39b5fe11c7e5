import { createServer, request as httpRequest } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MemoryStore, WebhookReceiver, type WebhookEvent } from '@happycolis/webhook-receiver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expressApp } from '../../examples/express.js';
import { fastifyApp } from '../../examples/fastify.js';
import { nestApp } from '../../examples/nest.js';
import { SECRET, signed, signedRequest, type SignedRequest } from '../signed-request.js';

interface RunningApp {
  readonly url: string;
  readonly close: () => Promise<unknown>;
}

type Handle = (event: WebhookEvent) => void | Promise<void>;
type Start = (receiver: WebhookReceiver, handle: Handle) => Promise<RunningApp>;

const examples: Record<string, Start> = {
  Express: async (receiver, handle) => {
    const server = createServer(expressApp(receiver, handle)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      close: () => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      },
    };
  },
  Fastify: async (receiver, handle) => {
    const app = fastifyApp(receiver, handle);
    return { url: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() };
  },
  Nest: async (receiver, handle) => {
    const app = await nestApp(receiver, handle);
    await app.listen(0, '127.0.0.1');
    return { url: (await app.getUrl()).replace('[::1]', '127.0.0.1'), close: () => app.close() };
  },
};

describe.each(Object.entries(examples))('the example for %s', (_name, start) => {
  let app: RunningApp;
  let events: WebhookEvent[];
  let fail: Error | undefined;

  beforeEach(async () => {
    events = [];
    fail = undefined;
    const receiver = new WebhookReceiver({ secrets: ['next', SECRET], store: new MemoryStore() });
    app = await start(receiver, (event) => {
      if (fail !== undefined) throw fail;
      events.push(event);
    });
  });

  afterEach(async () => {
    await app.close();
  });

  async function post(request: Pick<SignedRequest, 'rawBody' | 'headers'>): Promise<number> {
    const answer = await fetch(`${app.url}/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...request.headers },
      body: new Uint8Array(request.rawBody),
      keepalive: false,
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  it('takes what is signed, and hands it on with its position', async () => {
    const request = signedRequest({ messageId: 'a', sequence: 7, previous: 3 });

    expect(await post(request)).toBe(204);

    expect(events).toMatchObject([
      { header: { messageId: 'a' }, body: { price: 10 }, position: { sequence: 7, previous: 3 } },
    ]);
  });

  it('verifies the very bytes: numbers, white space, escapes and key order survive', async () => {
    const body =
      '{ "b" : 10.00,\n\t"a":12345678901234567890 ,"é":"\\u00e9 日本語 😀 \\/", "c":1e2 }';
    const request = signedRequest({ body });

    expect(await post(request)).toBe(204);

    expect(Buffer.from(events[0]?.rawBody ?? []).equals(request.rawBody)).toBe(true);
  });

  it('takes the largest event there is: a body of 1 MiB in its envelope', async () => {
    const body = JSON.stringify('x'.repeat(1_048_574));

    expect(await post(signedRequest({ body }))).toBe(204);
    expect(events).toHaveLength(1);
  });

  it('refuses what is forged, and hands on nothing', async () => {
    const { rawBody, headers } = signedRequest();
    const changed = Buffer.from(rawBody);
    changed[changed.length - 3] = (changed[changed.length - 3] ?? 0) ^ 1;

    expect(await post({ rawBody: changed, headers })).toBe(401);
    expect(await post({ rawBody, headers: signed(rawBody, 'other') })).toBe(401);
    expect(await post({ rawBody, headers: {} })).toBe(401);
    expect(events).toEqual([]);
  });

  it('refuses a signature that comes twice', async () => {
    const { rawBody, headers } = signedRequest();
    const signature = headers['x-happycolis-webhook-signature'] ?? '';
    const twice = httpRequest(`${app.url}/webhooks`, { method: 'POST', agent: false });
    twice.setHeader('content-type', 'application/json');
    twice.setHeader('x-happycolis-webhook-signature', [signature, signature]);
    twice.end(rawBody);
    const [answer] = (await once(twice, 'response')) as [{ statusCode: number; resume(): void }];
    answer.resume();

    expect(answer.statusCode).toBe(401);
    expect(events).toEqual([]);
  });

  it('handles a message once, and says 2xx each time', async () => {
    const request = signedRequest();

    expect([await post(request), await post(request)]).toEqual([204, 204]);
    expect(events).toHaveLength(1);
  });

  it('has a message come again that it could not handle', async () => {
    const request = signedRequest();
    fail = new Error('the database is away');
    expect(await post(request)).toBe(500);

    fail = undefined;
    expect(await post(request)).toBe(204);
    expect(events).toHaveLength(1);
  });

  it('leaves the other routes their parsed bodies', async () => {
    const answer = await fetch(`${app.url}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a": 1}',
    });

    expect(await answer.json()).toEqual({ a: 1 });
  });
});
