export { type Dispatch, type OrganizationPath } from './catalogue-entry.js';
export {
  CATALOGUE,
  DELIVERY_ORDER_UPDATED,
  WEBHOOK_TYPES,
  isWebhookType,
  type CatalogueRow,
  type OrganizationTopic,
  type WebhookType,
} from './catalogue.js';
export { documentationOf, type EventDocumentation } from './event-documentation.js';
export {
  DEAD_LETTER_REASONS,
  type DeadLetter,
  type DeadLetterReason,
  type FormattedEvent,
  type OrganizationClaim,
} from './formatted-event.js';
export { INTERNAL_TOPICS, type InternalTopicDocumentation } from './internal-documentation.js';
export { type JsonObject, type JsonValue } from './json-value.js';
export { type KafkaRecord, type KafkaRecordHeaders } from './kafka-record.js';
export {
  MESSAGE_FAILED_TOPIC,
  MESSAGE_PROCESS_TOPIC,
  type MessageFailedInterface,
  type MessageInterface,
} from './message.interface.js';
export {
  ORGANIZATION_TOPICS,
  dispatchedRows,
  subscribedTopics,
  type DispatchSwitches,
} from './organization-topics.js';
export { nearestWebhookType } from './nearest-webhook-type.js';
export {
  NOTICE_ID_HEADER,
  QUEUE_NOTICE_KINDS,
  QUEUE_STATUS_TOPIC,
  buildNoticeEnvelope,
  type GiveUpReason,
  type QueueNoticeInterface,
  type QueueNoticeKind,
  type Recovery,
} from './queue-notice.js';
export { QUEUE_NOTICE_SAMPLE } from './samples/queue-notice.js';
export { sampleBody } from './sample-body.js';
export { ENVELOPE_SCHEMA } from './schemas/envelope.js';
export { type DocumentationGap, type JsonSchema } from './schemas/json-schema.js';
export { QUEUE_NOTICE_ENVELOPE_SCHEMA } from './schemas/queue-notice.js';
export { isUuid } from './uuid.js';
export { buildEnvelope, type WebhookEnvelopeHeader } from './webhook-envelope.js';
