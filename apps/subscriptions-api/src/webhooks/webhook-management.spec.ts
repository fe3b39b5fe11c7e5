import type { IntegrationDetailsQuery, TokenPayload } from '@app/applications';
import type { InFlightDeliveries } from '@app/queue';
import {
  WebhookHealth,
  type WebhookSubscriptionsStore,
  type WebhookWithHealth,
} from '@app/subscriptions';
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

const webhook: WebhookWithHealth = {
  id: '1f8c6a0e-6f0d-4b7c-9d6e-0a1b2c3d4e5f',
  integrationId: 'one',
  type: null,
  endPoint: 'https://receiver.example/',
  headers: {},
  health: WebhookHealth.HEALTHY,
  createdAt: new Date(),
};

describe('the webhooks of an integration', () => {
  it('are read once for a request, however often an operation asks, and anew for the next', async () => {
    const asked: string[] = [];
    const store = {
      list: (integrationId: string) => {
        asked.push(integrationId);
        return Promise.resolve([webhook]);
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
    for (const id of [webhook.id, webhook.id.toUpperCase()]) {
      expect(await management.find(one, id)).toMatchObject({ id: webhook.id });
    }
    await expect(management.find(one, 'another')).rejects.toThrow('Webhook not found');
    expect(asked).toEqual(['one']);
    await management.list(next);
    expect(asked).toEqual(['one', 'one']);
  });
});
