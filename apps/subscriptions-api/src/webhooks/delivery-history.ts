import type { TokenPayload } from '@app/applications';
import { DeliveryAttemptsQuery, DeliveryQueueQuery } from '@app/queue';
import { Injectable } from '@nestjs/common';
import { forbidden } from '../graphql/api.errors.js';
import { assertScope } from '../guards/required-scope.decorator.js';
import { connectionOf, type AttemptConnection } from './attempt-view.js';
import { requestedPage, type PageArguments } from './page-arguments.js';
import { queueViewOf, type QueueView } from './queue-view.js';

/** What became of events: the bearer's own queue and attempts, to be seen by whoever may see its webhooks. */
@Injectable()
export class DeliveryHistory {
  /** As for webhooks: a payload is one request's. */
  private readonly queues = new WeakMap<TokenPayload, Promise<QueueView | null>>();

  constructor(
    private readonly queue: DeliveryQueueQuery,
    private readonly attempts: DeliveryAttemptsQuery,
  ) {}

  /** All webhooks of the bearer share it, so an operation asks the database once. */
  async queueOf(payload: TokenPayload): Promise<QueueView | null> {
    assertScope(payload, 'view_integrations');
    let queue = this.queues.get(payload);
    if (!queue) {
      queue = this.currentQueue(payload);
      this.queues.set(payload, queue);
    }
    return queue;
  }

  /** As {@link queueOf}, after what the same operation has changed. */
  async changedQueueOf(payload: TokenPayload): Promise<QueueView | null> {
    assertScope(payload, 'view_integrations');
    return this.currentQueue(payload);
  }

  /** Another integration of the organization may be seen, its queue may not. */
  async queueOfIntegration(
    payload: TokenPayload,
    integrationId: string,
  ): Promise<QueueView | null> {
    if (payload.integrationId !== integrationId) {
      throw forbidden("You can't see the queue of another integration");
    }
    return this.queueOf(payload);
  }

  /** Of a webhook of the bearer's. */
  async attemptsOf(
    payload: TokenPayload,
    webhookId: string,
    page: PageArguments,
  ): Promise<AttemptConnection> {
    assertScope(payload, 'view_integrations');
    const { first, after } = requestedPage(page);
    const attempts = await this.attempts.execute({
      webhookId,
      queueId: payload.integrationId,
      limit: first + 1,
      after,
    });
    return connectionOf(attempts, { first, isFirst: after === undefined });
  }

  private async currentQueue({ integrationId }: TokenPayload): Promise<QueueView | null> {
    const queue = await this.queue.execute(integrationId);
    return queue ? queueViewOf(queue) : null;
  }
}
