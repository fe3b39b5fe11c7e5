import {
  DuplicateSubscriptionError,
  IntegrationNotFoundError,
  WebhookNotFoundError,
  WebhookOwnerMismatchError,
} from '@app/subscriptions';
import { ApiError, forbidden } from '../graphql/api.errors.js';

/** The answer where a webhook may not be acted on, in the words of the documentation (specification section 6). */
export function changeRefusal(verb: 'remove' | 'update' | 'test', error: unknown): unknown {
  const refused = (reason: string) => forbidden(`You can't ${verb} this webhook: ${reason}`);
  if (error instanceof WebhookNotFoundError) return refused('webhook not found');
  if (error instanceof WebhookOwnerMismatchError) {
    return refused('integrationId or integrationType mismatch');
  }
  return error;
}

/** The answer to a creation that is refused. */
export function creationRefusal(error: unknown): unknown {
  if (error instanceof DuplicateSubscriptionError) {
    const { type, webhookId } = error;
    const which = `a webhook for ${type ?? 'every type'}`;
    const id = webhookId === undefined ? '' : `: ${webhookId}`;
    return new ApiError('CONFLICT', `This integration already has ${which}${id}`, {
      type,
      webhookId,
    });
  }
  // It was uninstalled between authentication and creation.
  if (error instanceof IntegrationNotFoundError) {
    return forbidden('The integration is not installed any more');
  }
  return error;
}
