import 'reflect-metadata';
import { createHmac, createSecretKey, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MemoryStore, WebhookReceiver, type WebhookMessage } from '@happycolis/webhook-receiver';
import { NestFactory } from '@nestjs/core';
import { WebhookSender } from '@app/delivery';
import { buildEnvelope } from '@app/events';
import { afterAll, describe, expect, it } from 'vitest';
import { expressApp } from '../../examples/express.js';
import { fastifyApp } from '../../examples/fastify.js';
import { WebhooksController, WebhookWork } from '../../examples/nest.js';

const SECRET = 'a client secret, with umlauts: äöü';

/** Bytes that do not survive being parsed and written again. */
const EVENT = Buffer.from('{ "price": 10.00, "text": "\\u00e9 é", "big": 12345678901234567890 }');

const ends: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(ends.map((end) => end())));

const receiverOf = () =>
  new WebhookReceiver({ secrets: () => ['an old secret', SECRET], store: new MemoryStore() });

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
}

type Work = (type: string) => Promise<void>;
const workOf =
  (work: Work) =>
  ({ type }: WebhookMessage) =>
    work(type);

const FRAMEWORKS: readonly (readonly [string, (work: Work) => Promise<string>])[] = [
  [
    'Express',
    (work) => listening(createServer(expressApp(receiverOf(), workOf(work)) as RequestListener)),
  ],
  [
    'Fastify',
    async (work) => {
      const app = fastifyApp(receiverOf(), workOf(work));
      ends.push(() => app.close());
      return `${await app.listen({ port: 0, host: '127.0.0.1' })}/webhooks`;
    },
  ],
  [
    'Nest',
    async (work) => {
      class Received extends WebhookWork {
        execute = work;
      }
      const module = {
        module: class ReceivingModule {},
        controllers: [WebhooksController],
        providers: [
          { provide: WebhookReceiver, useFactory: receiverOf },
          { provide: WebhookWork, useClass: Received },
        ],
      };
      const app = await NestFactory.create(module, { rawBody: true, logger: false });
      await app.listen(0, '127.0.0.1');
      ends.push(() => app.close());
      return `${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/webhooks`;
    },
  ],
];

const envelope = (messageId: string): Buffer =>
  buildEnvelope(
    {
      organizationId: 'o',
      messageId,
      webhookId: 'w',
      type: 'order/created',
      date: '2026-01-31T08:15:30.123Z',
    },
    EVENT,
  );

describe.each(FRAMEWORKS)('the example for %s', (_name, start) => {
  it('takes what the service sends, each message once', async () => {
    const done: string[] = [];
    const endPoint = await start(async (type) => void done.push(type));
    const sender = new WebhookSender({
      allowHttp: true,
      allowedNetworks: ['127.0.0.0/8'],
      timeoutMs: 5_000,
      connectionsPerOrigin: 1,
    });
    ends.push(() => sender.close());
    const body = envelope(randomUUID());
    const secret = createSecretKey(Buffer.from(SECRET));
    for (let time = 0; time < 2; time += 1) {
      const marks = { 'x-happycolis-sequence': '1', 'x-happycolis-previous-sequence': '0' };
      const outcome = await sender.post({ endPoint, headers: {}, marks, body, secret });
      expect(outcome).toMatchObject({ kind: 'delivered', statusCode: 204 });
    }
    expect(done).toEqual(['order/created']);
  });

  it('refuses what is not genuine, and asks for what it could not process once more', async () => {
    const endPoint = await start(() => Promise.reject(new Error('the disk is full')));
    const post = async (body: Buffer, secret: string): Promise<number> => {
      const signature = createHmac('sha256', secret).update(body).digest('base64');
      const headers = {
        'content-type': 'application/json',
        'x-happycolis-webhook-signature': signature,
      };
      return (await fetch(endPoint, { method: 'POST', headers, body: new Uint8Array(body) }))
        .status;
    };
    const body = envelope(randomUUID());
    expect(await post(body, 'another')).toBe(401);
    expect(await post(Buffer.from('{}'), SECRET)).toBe(422);
    expect(await post(body, SECRET)).toBe(500);
  });
});
