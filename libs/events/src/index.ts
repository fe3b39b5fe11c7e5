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
export {
  DEAD_LETTER_REASONS,
  type DeadLetter,
  type DeadLetterReason,
  type FormattedEvent,
  type OrganizationClaim,
} from './formatted-event.js';
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
export { buildEnvelope, type WebhookEnvelopeHeader } from './webhook-envelope.js';
