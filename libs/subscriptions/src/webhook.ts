import type { WebhookType } from '@app/events';
import type { IntegrationType } from './integration-type.enum.js';
import type { WebhookHealth } from './webhook-health.enum.js';

/** Whose webhooks may be changed: an integration, acting as what it is. */
export interface WebhookOwner {
  readonly integrationId: string;
  readonly integrationType: IntegrationType;
}

export interface NewWebhook {
  readonly integrationId: string;
  /** Null: every type. */
  readonly type: WebhookType | null;
  readonly endPoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is left out stays as it is. */
export interface WebhookChange {
  readonly endPoint?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** An active subscription. */
export interface WebhookWithHealth {
  readonly id: string;
  readonly integrationId: string;
  readonly type: WebhookType | null;
  readonly endPoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly health: WebhookHealth;
  readonly createdAt: Date;
}
