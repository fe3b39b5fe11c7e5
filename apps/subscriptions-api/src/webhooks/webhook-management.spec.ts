import type { IntegrationDetailsQuery, TokenPayload } from '@app/applications';
import type { InFlightDeliveries } from '@app/queue';
import type { WebhookSubscriptionsStore } from '@app/subscriptions';
import { describe, expect, it } from 'vitest';
import { WebhookManagement } from './webhook-management.js';

const payload = (integrationId: string): TokenPayload => ({
  kind: 'app',
  integrationId,
  organizationId: 'o',
  applicationId: 'a',
  clientId: 'c',
  scopes: [],
  tokenKey: 'k',
});

describe('the webhooks of an integration', () => {
  it('are read once for a request, however often an operation asks, and anew for the next', async () => {
    const asked: string[] = [];
    const store = {
      list: (integrationId: string) => {
        asked.push(integrationId);
        return Promise.resolve([]);
      },
    } as unknown as WebhookSubscriptionsStore;
    const management = new WebhookManagement(
      store,
      {} as IntegrationDetailsQuery,
      {} as InFlightDeliveries,
    );
    const [one, next] = [payload('one'), payload('one')];
    await Promise.all([management.list(one), management.webhooksOf(one, 'one')]);
    await management.list(one);
    expect(asked).toEqual(['one']);
    await management.list(next);
    expect(asked).toEqual(['one', 'one']);
  });
});
