import type { WebhookEnvelopeHeader } from '../webhook-envelope.js';
import { type JsonSchema, anyObject, id, object, text, time } from './json-schema.js';

const HEADER_FIELDS = {
  organizationId: id('Owner of the resource'),
  messageId: {
    ...id('The same on every attempt: receivers recognise repeats by it'),
    format: 'uuid',
  },
  webhookId: { ...id('The subscription'), format: 'uuid' },
  type: text('Event type, for example order/created'),
  date: time('When the message was enqueued; the same on every attempt'),
} satisfies Record<keyof WebhookEnvelopeHeader, JsonSchema>;

/** The body of a POST to a subscriber. */
export const ENVELOPE_SCHEMA = object('WebhookEnvelope', {
  header: object('WebhookEnvelopeHeader', HEADER_FIELDS),
  body: anyObject('The payload of the domain event, byte for byte as it was produced'),
});
