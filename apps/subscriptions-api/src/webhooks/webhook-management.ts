import {
  type AppPayload,
  type IntegrationDetails,
  IntegrationDetailsQuery,
  type TokenPayload,
} from '@app/applications';
import { InFlightDeliveries } from '@app/queue';
import {
  WebhookNotFoundError,
  type WebhookOwner,
  WebhookSubscriptionsStore,
  type WebhookWithHealth,
} from '@app/subscriptions';
import { Injectable } from '@nestjs/common';
import { ApiError, badUserInput, forbidden } from '../graphql/api.errors.js';
import { callerSignal } from '../http/caller-signal.js';
import type {
  IntegrationWebhookInput,
  IntegrationWebhookUpdateInput,
} from './integration-webhook.input.js';
import { Turns } from './turns.js';
import { changeRefusal, creationRefusal } from './webhook-refusal.js';
import { ownerOf } from './webhook-owner.js';
import { viewOf, type WebhookView } from './webhook-view.js';

/** What the bearer of a token can do with its own webhooks, and with nobody else's. */
@Injectable()
export class WebhookManagement {
  private readonly turns = new Turns();
  /** A payload is one request's: however often an operation asks, the database is asked once. */
  private readonly listed = new WeakMap<TokenPayload, Promise<WebhookView[]>>();

  constructor(
    private readonly store: WebhookSubscriptionsStore,
    private readonly integrations: IntegrationDetailsQuery,
    private readonly inFlight: InFlightDeliveries,
  ) {}

  /** After this no event that is produced later is missed, on any replica. */
  async create(payload: TokenPayload, input: IntegrationWebhookInput): Promise<WebhookView> {
    const { endPoint, type, headers } = input;
    const { integrationId } = payload;
    try {
      const webhook = { integrationId, type: type ?? null, endPoint, headers: headers ?? {} };
      return viewOf(await this.turns.take(integrationId, () => this.store.create(webhook)));
    } catch (error) {
      throw creationRefusal(error);
    }
  }

  /** After this nothing is sent to where it was sent before. */
  async update(
    payload: TokenPayload,
    id: string,
    change: IntegrationWebhookUpdateInput,
  ): Promise<WebhookView> {
    if (change.endPoint === undefined && change.headers === undefined) {
      throw badUserInput([{ field: 'input', reason: 'nothing is to be changed' }]);
    }
    const changed = await this.changed('update', payload, (owner) =>
      this.store.update(id, change, owner),
    );
    await this.askAgain(payload, id);
    return changed;
  }

  /** After this nothing is sent for it any more; what is queued is discarded. */
  remove(payload: TokenPayload, id: string): Promise<WebhookView> {
    return this.changed('remove', payload, (owner) => this.store.remove(id, owner));
  }

  list(payload: TokenPayload): Promise<WebhookView[]> {
    let listed = this.listed.get(payload);
    if (!listed) {
      listed = this.store.list(payload.integrationId).then((webhooks) => webhooks.map(viewOf));
      this.listed.set(payload, listed);
    }
    return listed;
  }

  /** One of the bearer's own, by its id in capitals as well; another's is not found, like one that never was. */
  async find(payload: TokenPayload, id: string): Promise<WebhookView> {
    const webhooks = await this.list(payload);
    const webhook = webhooks.find((each) => each.id === id.toLowerCase());
    if (!webhook) throw new ApiError('NOT_FOUND', 'Webhook not found');
    return webhook;
  }

  /** An integration of the bearer's organization. One of another is not found, like one that never was. */
  async integration({ organizationId }: AppPayload, id: string): Promise<IntegrationDetails> {
    const [integration] = await this.integrations.execute([id], organizationId);
    if (!integration) throw new ApiError('NOT_FOUND', 'Integration not found');
    return integration;
  }

  /** Another integration of the organization may be seen, its webhooks may not. */
  async webhooksOf(payload: TokenPayload, integrationId: string): Promise<WebhookView[]> {
    if (payload.integrationId !== integrationId) {
      throw forbidden("You can't see the webhooks of another integration");
    }
    return this.list(payload);
  }

  /**
   * An attempt at the former endpoint that was under way may have failed after the change, and have
   * written its own due time over the request to try the head at the new one. The webhook may be gone by
   * now; then there is nothing to ask for.
   */
  private async askAgain(payload: TokenPayload, id: string): Promise<void> {
    try {
      await this.store.update(id, {}, ownerOf(payload));
    } catch (error) {
      if (!(error instanceof WebhookNotFoundError)) throw error;
    }
  }

  /** Makes a change of one webhook and waits for the request of before that is under way. */
  private async changed(
    verb: 'remove' | 'update',
    payload: TokenPayload,
    change: (owner: WebhookOwner) => Promise<WebhookWithHealth>,
  ): Promise<WebhookView> {
    try {
      const webhook = await this.turns.take(payload.integrationId, () => change(ownerOf(payload)));
      await this.inFlight.ended([webhook.integrationId], webhook.id, callerSignal());
      return viewOf(webhook);
    } catch (error) {
      throw changeRefusal(verb, error);
    }
  }
}
