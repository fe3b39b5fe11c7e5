import type { MessageFailedInterface, MessageInterface } from '../message.interface.js';
import {
  type JsonSchema,
  choice,
  id,
  integer,
  nullable,
  object,
  text,
  time,
} from './json-schema.js';

const MESSAGE_FIELDS = {
  integrationId: id('The queue: an integration, or an OAuth client in an organization'),
  organizationId: id('Owner of the resource'),
  webhookId: id('The subscription'),
  messageId: id('The message that woke the queue'),
  type: text('Event type, for example order/created'),
  date: time('When the message was enqueued'),
} satisfies Record<keyof MessageInterface, JsonSchema>;

/** Value of a record on `applications.message.process`. */
export const MESSAGE_SCHEMA = object('MessageInterface', MESSAGE_FIELDS);

const FAILURE_FIELDS = {
  ...MESSAGE_FIELDS,
  attempt: { ...integer('Failed attempts of this message so far, this one included'), minimum: 1 },
  outcome: choice([
    'rejected',
    'timed_out',
    'unreachable',
    'refused_address',
    'invalid_configuration',
  ]),
  code: text('Stable cause, for example http_status or timeout_response'),
  statusCode: nullable(integer('Status of the answer; null where none came')),
  lastErrorMessage: text('One line for a person, without secrets'),
  lastTriedAt: time('When the attempt began'),
  nextAttemptAt: nullable(time('When it is tried again; null where an operator must unblock')),
} satisfies Record<keyof MessageFailedInterface, JsonSchema>;

/** Value of a record on `applications.message.failed`: a nullable field is still always there. */
export const MESSAGE_FAILED_SCHEMA: JsonSchema = {
  ...object('MessageFailedInterface', FAILURE_FIELDS),
  required: Object.keys(FAILURE_FIELDS),
};
