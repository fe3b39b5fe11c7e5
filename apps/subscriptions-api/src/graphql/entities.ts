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
    const keys = representations as readonly Key[];
    const entities = [
      ...(await this.webhooksOf(payload, keys)),
      ...(await this.integrationsOf(payload, keys)),
    ];
    const byKey = new Map(entities.map((entity) => [`${entity.__typename} ${entity.id}`, entity]));
    return keys.map((key) => byKey.get(textOf(key) ?? '') ?? null);
  }

  private async webhooksOf(payload: TokenPayload, keys: readonly Key[]): Promise<Entity[]> {
    if (idsOf('IntegrationWebhook', keys).length === 0) return [];
    const own = await this.webhooks.list(payload);
    return own.map((webhook) => ({ __typename: 'IntegrationWebhook', ...webhook }));
  }

  private async integrationsOf(payload: TokenPayload, keys: readonly Key[]): Promise<Entity[]> {
    const ids = payload.kind === 'app' ? idsOf('Integration', keys) : [];
    if (ids.length === 0) return [];
    const found = await this.integrations.execute(ids, payload.organizationId);
    return found.map((integration) => ({ __typename: 'Integration', ...integration }));
  }
}

/** Of nothing but texts: a list, or an object of another's making, may not be made into one. */
function textOf({ __typename, id }: Key): string | undefined {
  return typeof __typename === 'string' && typeof id === 'string'
    ? `${__typename} ${id}`
    : undefined;
}

function idsOf(typename: Entity['__typename'], keys: readonly Key[]): string[] {
  const ids = keys.filter(({ __typename }) => __typename === typename).map(({ id }) => id);
  return [...new Set(ids)].filter((id) => typeof id === 'string');
}
