export type { ChainObservation, Gap, Inversion, Skipped } from './chain-observation.js';
export { MemoryStore, type MemoryStoreOptions } from './memory.store.js';
export { statusOf, WebhookError, type WebhookErrorCode } from './receiver.errors.js';
export type { FetchHeaders, WebhookRequestHeaders } from './request-headers.js';
export type { SequencePosition, SequenceRange } from './sequence-headers.js';
export type { WebhookSecrets } from './signature.js';
export { verifyWebhook, type VerifyWebhookOptions, type WebhookRequest } from './verify-webhook.js';
export type { WebhookEvent, WebhookEventHeader } from './webhook-event.js';
export {
  WebhookReceiver,
  type ReceiveResult,
  type WebhookContext,
  type WebhookHandler,
  type WebhookReceiverOptions,
} from './webhook.receiver.js';
export type { ClaimResult, WebhookMessage, WebhookStore } from './webhook-store.interface.js';
