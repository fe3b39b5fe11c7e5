export { MemoryStore, type MemoryStoreOptions } from './memory-store.js';
export { placeOf, type Place, type RequestHeaders, type SkippedRange } from './place.js';
export { type MessageKey, type OnceResult, type ReceiverStore } from './receiver-store.js';
export {
  verifyWebhook,
  type VerifyOptions,
  type WebhookMessage,
  type WebhookRequest,
} from './verify-webhook.js';
export { WebhookError, type WebhookErrorCode } from './webhook-error.js';
export {
  WebhookReceiver,
  type Observation,
  type Received,
  type WebhookReceiverOptions,
} from './webhook-receiver.js';
