export { IntegrationType } from './integration-type.enum.js';
export { WebhookHealth } from './webhook-health.enum.js';
export { IntegrationWebhookEntity } from './integration-webhook.entity.js';
export { IntegrationWebhooksQuery } from './integration-webhooks.query.js';
export type { Subscriber, Subscribers } from './integration-webhooks.query.js';
export { WebhookSubscriptionsStore } from './webhook-subscriptions.store.js';
export type { NewWebhook, WebhookWithHealth } from './webhook-subscriptions.store.js';
export {
  DuplicateSubscriptionError,
  IntegrationNotFoundError,
  WebhookNotFoundError,
} from './subscriptions.errors.js';
