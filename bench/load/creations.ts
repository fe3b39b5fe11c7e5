import { WEBHOOK_TYPES, type WebhookType } from '@app/events';

/** What a webhook is created from, and by whom. */
export interface Creation {
  /** The integration's. */
  readonly token: string;
  /** Null: every type. */
  readonly type: WebhookType | null;
}

/** Webhooks that an integration can have: one a type, and one for every type. */
export const WEBHOOKS_PER_INTEGRATION = WEBHOOK_TYPES.length + 1;

/**
 * All creations that the integrations can make, round and round: creations that are in flight at the
 * same time belong to different organizations, as they do where many developers call.
 */
export function creationsOf(tokens: readonly string[]): Creation[] {
  const types: (WebhookType | null)[] = [...WEBHOOK_TYPES, null];
  return types.flatMap((type) => tokens.map((token) => ({ token, type })));
}
