import {
  ENVELOPE_SCHEMA,
  QUEUE_NOTICE_ENVELOPE_SCHEMA,
  QUEUE_NOTICE_SAMPLE,
  buildNoticeEnvelope,
  documentationOf,
} from '@app/events';
import { referring } from './asyncapi-schemas.js';

const headersSignedWith = (key: string, required: string[] = [], more: object = {}): object => ({
  type: 'object',
  required: ['content-type', 'x-happycolis-webhook-signature', ...required],
  properties: {
    'content-type': { const: 'application/json' },
    'x-happycolis-webhook-signature': {
      type: 'string',
      description:
        `Base64 of HMAC-SHA256 over exactly the bytes of the body. The key is ${key} as UTF-8. ` +
        'No prefix.',
    },
    'webhook-id': {
      type: 'string',
      description: 'Of Standard Webhooks: the messageId, the same at every attempt.',
    },
    'webhook-timestamp': {
      type: 'integer',
      description: 'Of Standard Webhooks: when this attempt was sent, Unix time in seconds.',
    },
    'webhook-signature': {
      type: 'string',
      examples: ['v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4='],
      description:
        'Of Standard Webhooks: v1 (HMAC-SHA256, the same key) for each secret that counts, v1a (Ed25519) where ' +
        'the application has such keys; separated by blanks.',
    },
    ...more,
  },
});

/** Not covered by the signature (ADR 36). */
const PLACE_HEADERS = {
  'x-happycolis-sequence': {
    type: 'integer',
    minimum: 1,
    description: 'Position in the queue, without gaps, the same at every attempt.',
  },
  'x-happycolis-previous-sequence': {
    type: 'integer',
    minimum: 0,
    description:
      'Position that was delivered to the same webhook before; 0: none. Absent where it is not known.',
  },
  'x-happycolis-skipped-sequences': {
    type: 'string',
    examples: ['4, 6-9'],
    description: 'Positions of the webhook between the two that operators took out, if any.',
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
    headers: headersSignedWith(
      'the clientSecret of the application',
      ['x-happycolis-sequence'],
      PLACE_HEADERS,
    ),
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

/** What an operator receives over HTTP, where a webhook is configured. */
export function operatorWebhookMessage(): object {
  const payload: unknown = JSON.parse(buildNoticeEnvelope(QUEUE_NOTICE_SAMPLE).toString('utf8'));
  return {
    name: 'OperatorWebhookRequest',
    title: "POST to the operator's webhook",
    summary: 'The notice of applications.queue.status in an envelope of the same shape.',
    contentType: 'application/json',
    headers: headersSignedWith('OPERATOR_WEBHOOK_SECRET'),
    payload: referring(QUEUE_NOTICE_ENVELOPE_SCHEMA),
    examples: [{ name: 'queue-blocked', payload }],
  };
}

export const OPERATOR_WEBHOOK_CHANNEL = {
  address: null,
  title: "The operator's webhook",
  description:
    'OPERATOR_WEBHOOK_URL. Notices in order, one request at a time; one that is refused is tried ' +
    'again, and holds back those behind it, until any 2xx or for 24 hours.',
  messages: { notice: { $ref: '#/components/messages/OperatorWebhookRequest' } },
};

export const OPERATOR_WEBHOOK_OPERATION = {
  action: 'send',
  channel: { $ref: '#/channels/operator-webhook' },
  title: 'Tell an operator of a queue',
  messages: [{ $ref: '#/channels/operator-webhook/messages/notice' }],
  bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
};
