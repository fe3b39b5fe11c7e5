import type { TokenPayload } from '@app/applications';
import { IntegrationType, type WebhookOwner } from '@app/subscriptions';

/** Whose webhooks the bearer of a token may change. */
export function ownerOf({ kind, integrationId }: TokenPayload): WebhookOwner {
  const integrationType =
    kind === 'app' ? IntegrationType.INTEGRATION : IntegrationType.OAUTH_CLIENT;
  return { integrationId, integrationType };
}
