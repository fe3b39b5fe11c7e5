import type { KeyObject } from 'node:crypto';
import {
  signingKey,
  WebhookSender,
  type WebhookRequest,
  type WebhookSenderOptions,
} from '@app/delivery';

export const CLIENT_SECRET = 'integration-test-secret';

const SECRET: KeyObject = signingKey(CLIENT_SECRET);

/** A sender that may call this machine, with limits that keep the specs short. */
export function loopbackSender(options: Partial<WebhookSenderOptions> = {}): WebhookSender {
  return new WebhookSender({
    allowHttp: true,
    allowedNetworks: ['127.0.0.0/8'],
    timeoutMs: 2000,
    connectionsPerOrigin: 16,
    ...options,
  });
}

export function requestTo(endPoint: string, more: Partial<WebhookRequest> = {}): WebhookRequest {
  return {
    endPoint,
    headers: {},
    body: Buffer.from('{"header":{},"body":1}'),
    secret: SECRET,
    ...more,
  };
}
