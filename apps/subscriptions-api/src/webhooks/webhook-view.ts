import type { WebhookType } from '@app/events';
import type { WebhookHealth, WebhookWithHealth } from '@app/subscriptions';

/** A subscription as the API shows it. */
export interface WebhookView {
  readonly id: string;
  readonly type: WebhookType | null;
  readonly health: WebhookHealth;
  readonly endPoint: string;
  readonly headerNames: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Values of custom headers are left out: they are mostly credentials. */
export function viewOf(webhook: WebhookWithHealth): WebhookView {
  const { id, type, health, endPoint, headers, createdAt } = webhook;
  const headerNames = Object.keys(headers);
  return { id, type, health, endPoint, headerNames, createdAt: createdAt.toISOString() };
}
