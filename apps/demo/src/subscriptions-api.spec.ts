import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SubscriptionsApi, type Caller } from './subscriptions-api.js';

const ATLAS: Caller = { name: 'Atlas', kind: 'integration', token: 'secret-token' };
const BOREAL: Caller = { name: 'Boreal', kind: 'client', token: 'access-token' };
const WEBHOOK = { id: 'w-1', type: null, health: 'HEALTHY', endPoint: 'https://example.com/' };

let server: Server;
let api: SubscriptionsApi;
let answer: { status: number; body: string };
let asked: { path: string | undefined; authorization: string | undefined; body: string };
const lines: string[] = [];

beforeEach(async () => {
  lines.length = 0;
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked = { path: request.url, authorization: request.headers.authorization, body };
      response.writeHead(answer.status).end(answer.body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { signal } = new AbortController();
  api = new SubscriptionsApi({ url, signal, onCall: (line) => lines.push(line) });
});
afterEach(() => void server.close());

const answers = (body: unknown, status = 200): void => {
  answer = { status, body: JSON.stringify(body) };
};

describe('the subscriptions API as the demonstration calls it', () => {
  it.each([
    [ATLAS, 'integrationWebhookCreate'],
    [BOREAL, 'oauthWebhookCreate'],
  ])('creates with the mutation of the kind of caller', async (caller, mutation) => {
    answers({ data: { [mutation]: WEBHOOK } });
    const input = { endPoint: WEBHOOK.endPoint };
    expect(await api.create(caller, input)).toEqual(WEBHOOK);
    expect(asked.authorization).toBe(`Bearer ${caller.token}`);
    expect(JSON.parse(asked.body)).toMatchObject({ variables: { input } });
    const line = `${mutation} every type → https://example.com/ ⇒ w-1 HEALTHY`;
    expect(lines).toEqual([`${caller.name.padEnd(7)} ${line}`]);
  });

  it('throws what the API refuses, with its code and details', async () => {
    const extensions = { code: 'CONFLICT', webhookId: 'w-1' };
    answers({ data: null, errors: [{ message: 'there is one', extensions }] });
    await expect(api.create(ATLAS, { endPoint: 'https://example.com/' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'integrationWebhookCreate was refused: there is one',
      details: { webhookId: 'w-1' },
    });
    expect(lines).toEqual([expect.stringContaining('⇒ CONFLICT: there is one')]);
  });

  it('throws what is no answer of the API as it is', async () => {
    answer = { status: 502, body: 'Bad Gateway' };
    await expect(api.webhooks(ATLAS)).rejects.toThrow('502 Bad Gateway');
  });

  it('never shows a token or a secret', async () => {
    const client = { clientId: 'c', clientSecret: 'client-secret', organizationId: 'o' };
    answers({ access_token: 'access-token' });
    expect(await api.accessToken('Boreal', client)).toBe('access-token');
    expect(asked.body).toContain('client_secret=client-secret');
    answers({ error: 'invalid_client' }, 401);
    await expect(api.accessToken('Boreal', client)).rejects.toMatchObject({
      code: 'invalid_client',
    });
    expect(lines.join()).not.toMatch(/secret|access-token/);
  });

  it('waits until the API is ready', async () => {
    answer = { status: 503, body: '' };
    const ready = api.ready();
    await once(server, 'request');
    answer = { status: 200, body: '' };
    await ready;
    expect(asked.path).toBe('/health/ready');
  });
});
