export { IntegrationType } from './integration-type.enum.js';
export { WebhookHealth } from './webhook-health.enum.js';
export { IntegrationWebhookEntity } from './integration-webhook.entity.js';
export { IntegrationWebhooksQuery } from './integration-webhooks.query.js';
export type {
  MatchOptions,
  RememberedSubscribers,
  Subscribers,
} from './integration-webhooks.query.js';
export type { Subscriber } from './subscribers-of-organization.js';
export { WebhookSubscriptionsStore } from './webhook-subscriptions.store.js';
export type { NewWebhook, WebhookChange, WebhookOwner, WebhookWithHealth } from './webhook.js';
export {
  DuplicateSubscriptionError,
  IntegrationNotFoundError,
  WebhookNotFoundError,
  WebhookOwnerMismatchError,
} from './subscriptions.errors.js';
