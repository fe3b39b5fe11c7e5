import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import type { IntegrationDetailsQuery, TokenPayload } from '@app/applications';
import type { InFlightDeliveries } from '@app/queue';
import type { WebhookSubscriptionsStore } from '@app/subscriptions';
import type { Response } from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebhookManagement } from '../webhooks/webhook-management.js';
import type { ApiRequest } from './api-request.js';
import { callerSignal, watchCaller } from './caller-signal.js';

const payload = { kind: 'app', integrationId: 'i' } as TokenPayload;
const change = { endPoint: 'https://your-app.example/' };

describe('the signal of a caller', () => {
  it.each<[string, (management: WebhookManagement) => Promise<unknown>]>([
    ['removal', (management) => management.remove(payload, 'w')],
    ['change', (management) => management.update(payload, 'w', change)],
  ])('ends the wait of a %s when the caller goes away', async (_, act) => {
    const waits: (AbortSignal | undefined)[] = [];
    const webhook = { id: 'w', integrationId: 'i' };
    const store = { remove: async () => webhook, update: async () => webhook };
    const inFlight = {
      ended: (_queues: unknown, _webhook: unknown, signal?: AbortSignal) => {
        waits.push(signal);
        return new Promise((__, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason)),
        );
      },
    };
    const management = new WebhookManagement(
      store as unknown as WebhookSubscriptionsStore,
      {} as IntegrationDetailsQuery,
      inFlight as unknown as InFlightDeliveries,
    );
    const socket = new Socket();
    const outcome = new Promise<unknown>((resolve) => {
      const server = createServer((request, response) =>
        watchCaller(request as ApiRequest, response as Response, () => {
          act(management).catch(resolve);
          void Promise.resolve().then(() => socket.destroy());
        }),
      );
      onTestFinished(() => void server.close());
      server.listen(0, '127.0.0.1', () => {
        socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
        socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
      });
    });
    expect(await outcome).toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
    expect(waits).toHaveLength(1);
  });

  it('is not there outside of a request, and not aborted by an answer', async () => {
    expect(callerSignal()).toBeUndefined();
    let signal: AbortSignal | undefined;
    const server = createServer((request, response) =>
      watchCaller(request as ApiRequest, response as Response, () => {
        signal = callerSignal();
        response.once('close', () => server.emit('answered')).end();
      }),
    );
    onTestFinished(() => void server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const answered = once(server, 'answered');
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await answered;
    expect(signal?.aborted).toBe(false);
  });
});
