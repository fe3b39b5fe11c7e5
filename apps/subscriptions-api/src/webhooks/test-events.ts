import { randomUUID } from 'node:crypto';
import type { TokenPayload } from '@app/applications';
import { sampleBody, type WebhookType } from '@app/events';
import { TestMessagesStore } from '@app/queue';
import { WebhookNotFoundError, WebhookSubscriptionsStore } from '@app/subscriptions';
import { Injectable } from '@nestjs/common';
import { badUserInput } from '../graphql/api.errors.js';
import type { TestEventArguments } from './test-event.arguments.js';
import { Turns } from './turns.js';
import { changeRefusal } from './webhook-refusal.js';
import { ownerOf } from './webhook-owner.js';

/** A test event that was queued: what the header of its envelope will say. */
export interface TestEventView {
  readonly messageId: string;
  readonly type: WebhookType;
  /** ISO 8601. */
  readonly date: string;
}

/** Puts samples of events into the bearer's own queue. */
@Injectable()
export class TestEvents {
  private readonly turns = new Turns();

  constructor(
    private readonly webhooks: WebhookSubscriptionsStore,
    private readonly messages: TestMessagesStore,
  ) {}

  /** Behind what waits, to be delivered like any other. */
  async append(
    payload: TokenPayload,
    { webhookId, type }: TestEventArguments,
  ): Promise<TestEventView> {
    const { integrationId, organizationId } = payload;
    const owner = ownerOf(payload);
    try {
      const webhook = await this.webhooks.owned(webhookId, owner);
      const chosen = typeOf(webhook.type, type ?? null);
      const body = Buffer.from(JSON.stringify(sampleBody(chosen, organizationId)));
      const message = { messageId: randomUUID(), type: chosen, body };
      const date = await this.turns.take(integrationId, () =>
        this.messages.append(webhook.id, owner, message),
      );
      // It was removed meanwhile.
      if (!date) throw new WebhookNotFoundError(webhookId);
      return { messageId: message.messageId, type: chosen, date: date.toISOString() };
    } catch (error) {
      throw changeRefusal('test', error);
    }
  }
}

/** Null as the webhook's: it receives every type. */
function typeOf(received: WebhookType | null, asked: WebhookType | null): WebhookType {
  const type = asked ?? received;
  if (type === null) throw refused('It is needed, because the webhook receives every type');
  if (received !== null && type !== received)
    throw refused(`The webhook receives only ${received}`);
  return type;
}

const refused = (reason: string): Error => badUserInput([{ field: 'type', reason }]);
