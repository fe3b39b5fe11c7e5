import {
  GIVE_UP_REASONS,
  NOTICE_ID_HEADER,
  QUEUE_NOTICE_KINDS,
  type QueueNoticeEnvelopeHeader,
  type QueueNoticeInterface,
  RECOVERIES,
} from '../queue-notice.js';
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

const NOTICE_FIELDS = {
  noticeId: {
    ...id('The same where a notice is repeated: recognise repeats by it'),
    format: 'uuid',
  },
  kind: choice(QUEUE_NOTICE_KINDS, 'At most one of each kind in an episode'),
  integrationId: id('The queue: an integration, or an OAuth client in an organization'),
  organizationId: id('Owner of the queue'),
  episode: time('When the queue was blocked; the same in all notices of one episode'),
  date: time('When it happened'),
  depth: { ...integer('Messages in the queue then, the head included'), minimum: 0 },
  attempts: { ...integer('Attempts of the message so far'), minimum: 0 },
  messageId: id('The message that blocks the queue, or did'),
  webhookId: id('The subscription of that message'),
  code: nullable(text('Stable cause of the last failure, for example http_status')),
  statusCode: nullable(integer('Status of the last answer; null where none came')),
  lastErrorMessage: nullable(text('One line for a person, without secrets')),
  reason: nullable(choice(GIVE_UP_REASONS, 'In gave_up: why it is left to an operator')),
  recoveredBy: nullable(choice(RECOVERIES, 'In recovered: what became of the message')),
} satisfies Record<keyof QueueNoticeInterface, JsonSchema>;

/** Value of a record on `applications.queue.status`: a nullable field is still always there. */
export const QUEUE_NOTICE_SCHEMA: JsonSchema = {
  ...object('QueueNoticeInterface', NOTICE_FIELDS),
  required: Object.keys(NOTICE_FIELDS),
};

/** Headers of such a record. */
export const QUEUE_NOTICE_HEADERS: JsonSchema = {
  type: 'object',
  required: [NOTICE_ID_HEADER],
  properties: { [NOTICE_ID_HEADER]: id('The noticeId of the value') },
};

const HEADER_FIELDS = {
  organizationId: id('Owner of the queue'),
  messageId: { ...id('The noticeId: the same on every attempt'), format: 'uuid' },
  type: choice(QUEUE_NOTICE_KINDS.map((kind) => `queue/${kind}`)),
  date: time('When it happened; the same on every attempt'),
} satisfies Record<keyof QueueNoticeEnvelopeHeader, JsonSchema>;

/** The body of a POST to the operator's webhook. */
export const QUEUE_NOTICE_ENVELOPE_SCHEMA = object('QueueNoticeEnvelope', {
  header: object('QueueNoticeEnvelopeHeader', HEADER_FIELDS),
  body: QUEUE_NOTICE_SCHEMA,
});
