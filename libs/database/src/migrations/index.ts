import { InitialSchema1763700000000 } from './1763700000000-initial-schema.js';
import { QueueOrder1763700000001 } from './1763700000001-queue-order.js';
import { SubscriptionManagement1764100000000 } from './1764100000000-subscription-management.js';
import { WebhookChanges1764100000001 } from './1764100000001-webhook-changes.js';

/** In the order in which they run. */
export const MIGRATIONS = [
  InitialSchema1763700000000,
  QueueOrder1763700000001,
  SubscriptionManagement1764100000000,
  WebhookChanges1764100000001,
] as const;
