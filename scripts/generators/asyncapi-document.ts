import {
  CATALOGUE,
  ENVELOPE_SCHEMA,
  INTERNAL_TOPICS,
  QUEUE_NOTICE_ENVELOPE_SCHEMA,
  type CatalogueRow,
  type InternalTopicDocumentation,
  documentationOf,
} from '@app/events';
import { definition, namedSchemas, referring } from './asyncapi-schemas.js';
import {
  OPERATOR_WEBHOOK_CHANNEL,
  OPERATOR_WEBHOOK_OPERATION,
  WEBHOOK_CHANNEL,
  WEBHOOK_OPERATION,
  operatorWebhookMessage,
  webhookMessage,
} from './asyncapi-webhook.js';

type Section = Record<string, unknown>;

const INFO = {
  title: 'HappyColis webhooks',
  /** The version of this contract: it changes with topics and messages, not with every release. */
  version: '1.0.0',
  license: { name: 'MIT' },
  description:
    'Domain events from Kafka become signed, strictly ordered HTTP calls. Bodies are delivered ' +
    'byte for byte as they were produced and are never validated: their schemas describe what ' +
    'the platform documents, `x-documentation` says where that is not the whole, and every ' +
    'object may get new fields. An installation may put a prefix before every topic.',
};

/** By which header a producer may name the organization where the payload names none. */
const ORGANIZATION_HEADER = {
  type: 'object',
  properties: {
    organizationId: { type: 'string', description: 'Owner of the location, if the producer knows' },
  },
};

/** Told on topics that the service reads as well. */
const EMITTER_HEADER = {
  type: 'object',
  properties: {
    emitter: {
      type: 'string',
      description:
        'The process that wrote the record; it skips its own, having woken the queue already',
    },
  },
};

/** The whole document, AsyncAPI 3.0, as plain data. */
export function asyncapiDocument(): Section {
  return {
    asyncapi: '3.0.0',
    info: INFO,
    defaultContentType: 'application/json',
    channels: {
      ...keyed(CATALOGUE, (row) => [row.topic, eventChannel(row)]),
      ...keyed(INTERNAL_TOPICS, (internal) => [internal.topic, internalChannel(internal)]),
      webhook: WEBHOOK_CHANNEL,
      'operator-webhook': OPERATOR_WEBHOOK_CHANNEL,
    },
    operations: {
      ...keyed(CATALOGUE, ({ topic, type }) => operation('receive', topic, `Take in ${type}`)),
      ...Object.assign({}, ...INTERNAL_TOPICS.map(internalOperations)),
      'send-webhook': WEBHOOK_OPERATION,
      'send-operator-webhook': OPERATOR_WEBHOOK_OPERATION,
    },
    components: {
      messages: {
        WebhookRequest: webhookMessage(),
        OperatorWebhookRequest: operatorWebhookMessage(),
      },
      schemas: schemas(),
    },
  };
}

function eventChannel(row: CatalogueRow): Section {
  const { type, topic, organizationPath, dispatched, description } = row;
  const { schema, sample, unconfirmedTopic } = documentationOf(type);
  const event = {
    name: type,
    title: type,
    summary: description,
    ...(organizationPath.by === 'location' ? { headers: ORGANIZATION_HEADER } : {}),
    payload: referring(schema),
    examples: [{ name: 'sample', payload: sample }],
  };
  return {
    address: topic,
    title: type,
    summary: description,
    messages: { event },
    'x-webhook-type': type,
    'x-organization-id': organizationPath,
    'x-dispatched': dispatched,
    ...(unconfirmedTopic ? { 'x-topic': 'unconfirmed' } : {}),
  };
}

function internalChannel(internal: InternalTopicDocumentation): Section {
  const { topic, title, description, consumed, schema, sample } = internal;
  const headers = internal.headers ?? (consumed ? EMITTER_HEADER : undefined);
  const message = {
    name: topic,
    title,
    ...(headers ? { headers } : {}),
    payload: referring(schema),
    examples: [{ name: 'sample', payload: sample }],
  };
  return { address: topic, title, description, messages: { event: message } };
}

function internalOperations({ topic, title, consumed }: InternalTopicDocumentation): Section {
  const sent = operation('send', topic, title);
  return Object.fromEntries(consumed ? [sent, operation('receive', topic, title)] : [sent]);
}

function operation(action: 'send' | 'receive', topic: string, title: string): [string, Section] {
  const channel = { $ref: `#/channels/${topic}` };
  const messages = [{ $ref: `#/channels/${topic}/messages/event` }];
  return [`${action}-${topic}`, { action, channel, title, messages }];
}

function schemas(): Section {
  const events = CATALOGUE.map((row) => documentationOf(row.type).schema);
  const internal = INTERNAL_TOPICS.map((topic) => topic.schema);
  const named = namedSchemas([
    ...events,
    ...internal,
    ENVELOPE_SCHEMA,
    QUEUE_NOTICE_ENVELOPE_SCHEMA,
  ]);
  return keyed([...named], ([name, schema]) => [name, definition(schema)]);
}

function keyed<Item>(items: readonly Item[], entry: (item: Item) => [string, unknown]): Section {
  return Object.fromEntries(items.map(entry));
}
