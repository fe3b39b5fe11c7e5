import { WEBHOOK_TYPES, isWebhookType, nearestWebhookType, type WebhookType } from '@app/events';
import { InvalidArgumentError } from 'commander';

/** One of the documented types; the error suggests the nearest. */
export function webhookType(text: string): WebhookType {
  if (isWebhookType(text)) return text;
  const nearest = nearestWebhookType(text);
  const suggestion = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  throw new InvalidArgumentError(
    `It is none of the ${WEBHOOK_TYPES.length} event types.${suggestion}`,
  );
}
