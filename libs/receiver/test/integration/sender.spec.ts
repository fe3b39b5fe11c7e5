import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signingKey, WebhookSender, type DeliveryOutcome } from '@app/delivery';
import { buildEnvelope } from '@app/events';
import {
  MemoryStore,
  statusOf,
  WebhookReceiver,
  type ReceiveResult,
} from '@happycolis/webhook-receiver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECRET } from '../signed-request.js';

let server: Server;
let sender: WebhookSender;
let results: ReceiveResult[];
let fails: boolean;

beforeEach(async () => {
  results = [];
  fails = false;
  const receiver = new WebhookReceiver({ secrets: SECRET, store: new MemoryStore() });
  server = createServer((request, response) => {
    void take(receiver, request).then((status) => response.writeHead(status).end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  sender = new WebhookSender({
    allowHttp: true,
    allowedNetworks: ['127.0.0.0/8'],
    timeoutMs: 5000,
    connectionsPerOrigin: 4,
  });
});

afterEach(async () => {
  await sender.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function take(receiver: WebhookReceiver, request: IncomingMessage): Promise<number> {
  const rawBody = Buffer.concat(await request.toArray());
  const { headers } = request;
  try {
    const result = await receiver.receive({ rawBody, headers }, () => {
      if (fails) throw new Error('no');
    });
    results.push(result);
    return 204;
  } catch (error) {
    return statusOf(error);
  }
}

interface Sent {
  readonly messageId?: string;
  readonly body?: string;
  readonly secret?: string;
  readonly marks?: Record<string, string>;
}

/** As the service sends: its envelope, its signature, its connection. */
function send({ messageId = randomUUID(), body = '1', secret = SECRET, marks = {} }: Sent = {}) {
  const header = {
    organizationId: 'organization-1',
    messageId,
    webhookId: 'webhook-1',
    type: 'order/created',
    date: new Date().toISOString(),
  };
  return sender.post({
    endPoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    headers: { 'X-Gateway-Token': 'let-me-in' },
    marks,
    body: buildEnvelope(header, Buffer.from(body)),
    secret: signingKey(secret),
  });
}

const statusIn = (outcome: DeliveryOutcome) => 'statusCode' in outcome && outcome.statusCode;

describe('what the service sends', () => {
  it.each([
    '{ "b" : 10.00,\t"a":12345678901234567890 }',
    '"é 日本語 😀 \\ud83d\\ude00"',
    'null',
    '[]',
  ])('is taken: %s', async (body) => {
    const outcome = await send({ messageId: 'a', body });

    expect(outcome).toMatchObject({ kind: 'delivered', statusCode: 204 });
    expect(results).toMatchObject([
      { outcome: 'processed', event: { header: { messageId: 'a' }, isTest: false } },
    ]);
    expect(results[0]?.event.body).toEqual(JSON.parse(body));
  });

  it('is told apart from what somebody else signs', async () => {
    expect(statusIn(await send({ secret: 'other' }))).toBe(401);
    expect(results).toEqual([]);
  });

  it('is a duplicate when it comes again, and comes again when it failed', async () => {
    fails = true;
    expect(statusIn(await send({ messageId: 'a' }))).toBe(500);
    fails = false;

    await send({ messageId: 'a' });
    await send({ messageId: 'a' });

    expect(results.map(({ outcome }) => outcome)).toEqual(['processed', 'duplicate']);
  });

  it('carries its marks: tests and positions', async () => {
    const position = (sequence: number, previous: number) => ({
      'x-happycolis-sequence': String(sequence),
      'x-happycolis-previous-sequence': String(previous),
    });
    await send({ marks: position(3, 0) });
    await send({ marks: { ...position(10, 3), 'x-happycolis-skipped-sequences': '4, 6-9' } });
    await send({ marks: { ...position(15, 12), 'x-happycolis-test': 'true' } });

    expect(results.map(({ observations }) => observations.map(({ kind }) => kind))).toEqual([
      [],
      ['skipped'],
      ['gap'],
    ]);
    expect(results.map(({ event }) => event.isTest)).toEqual([false, false, true]);
  });
});
