import { ENVELOPE_SCHEMA, documentationOf } from '@app/events';
import { referring } from './asyncapi-schemas.js';

const HEADERS = {
  type: 'object',
  required: ['content-type', 'x-happycolis-webhook-signature'],
  properties: {
    'content-type': { const: 'application/json' },
    'x-happycolis-webhook-signature': {
      type: 'string',
      description:
        'Base64 of HMAC-SHA256 over exactly the bytes of the body. The key is the clientSecret ' +
        'of the application as UTF-8. No prefix.',
    },
  },
};

const EXAMPLE_HEADER = {
  organizationId: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890',
  messageId: '018e4154-3c00-8f21-9b7d-5a1c6e2f8d90',
  webhookId: '0d6b1f3e-54c8-4c0e-8d57-8a6f0f2b9e42',
  type: 'order/created',
  date: '2024-03-15T10:40:00.000Z',
};

/** What a subscriber receives over HTTP. */
export function webhookMessage(): object {
  const body = documentationOf('order/created').sample;
  return {
    name: 'WebhookRequest',
    title: 'POST to a subscriber',
    summary: 'The envelope; its body has the schema of the event type that its header names.',
    contentType: 'application/json',
    headers: HEADERS,
    payload: referring(ENVELOPE_SCHEMA),
    examples: [{ name: 'order-created', payload: { header: EXAMPLE_HEADER, body } }],
  };
}

/** The subscriber's endpoint: its address is the subscription's, so the channel has none. */
export const WEBHOOK_CHANNEL = {
  address: null,
  title: 'Endpoint of a subscriber',
  description:
    'One queue per integration or OAuth client, strictly in order, one request at a time. Any ' +
    '2xx is success; anything else blocks the queue.',
  messages: { webhook: { $ref: '#/components/messages/WebhookRequest' } },
};

export const WEBHOOK_OPERATION = {
  action: 'send',
  channel: { $ref: '#/channels/webhook' },
  title: 'Deliver a message',
  messages: [{ $ref: '#/channels/webhook/messages/webhook' }],
  bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
};
