import {
  type IntegrationDetails,
  IntegrationDetailsQuery,
  type TokenPayload,
} from '@app/applications';
import { Injectable } from '@nestjs/common';
import type { WebhookView } from '../webhooks/webhook-view.js';
import { WebhookManagement } from '../webhooks/webhook-management.js';
import { ApiError } from './api.errors.js';

export type Entity =
  | (IntegrationDetails & { readonly __typename: 'Integration' })
  | (WebhookView & { readonly __typename: 'IntegrationWebhook' });

/** What a representation should have; it may be anything. */
interface Key {
  readonly __typename?: unknown;
  readonly id?: unknown;
}

/** More than a page of anything that refers to an integration or a webhook. */
const MAX_REPRESENTATIONS = 100;

/**
 * Entities by their keys, for a supergraph. Whoever asks sees what it would see by the queries, and
 * null for everything else, as the federation wants it.
 */
@Injectable()
export class Entities {
  constructor(
    private readonly webhooks: WebhookManagement,
    private readonly integrations: IntegrationDetailsQuery,
  ) {}

  async find(
    payload: TokenPayload,
    representations: readonly object[],
  ): Promise<(Entity | null)[]> {
    if (representations.length > MAX_REPRESENTATIONS) {
      throw new ApiError(
        'BAD_USER_INPUT',
        `representations: ${MAX_REPRESENTATIONS} at most, these are ${representations.length}`,
      );
    }
    if (!mayView(payload)) return representations.map(() => null);
    const keys = representations as readonly Key[];
    const wantsWebhooks = keys.some(({ __typename }) => __typename === 'IntegrationWebhook');
    const own = wantsWebhooks ? await this.webhooks.list(payload) : [];
    return Promise.all(keys.map((key) => this.entity(payload, key, own)));
  }

  private async entity(
    payload: TokenPayload,
    { __typename, id }: Key,
    own: readonly WebhookView[],
  ): Promise<Entity | null> {
    if (typeof id !== 'string') return null;
    if (__typename === 'IntegrationWebhook') {
      const webhook = own.find((each) => each.id === id);
      return webhook ? { __typename, ...webhook } : null;
    }
    if (__typename !== 'Integration' || payload.kind !== 'app') return null;
    const integration = await this.integrations.execute(id, payload.organizationId);
    return integration ? { __typename, ...integration } : null;
  }
}

/** As the guards of the queries: an integration needs the permission, an OAuth client none. */
function mayView({ kind, scopes }: TokenPayload): boolean {
  return kind === 'client' || scopes.includes('view_integrations');
}
