import { randomUUID } from 'node:crypto';
import type { WebhookType } from '@app/events';
import { IsNull, QueryFailedError, type DataSource } from 'typeorm';
import { IntegrationType } from './integration-type.enum.js';
import { IntegrationWebhookEntity } from './integration-webhook.entity.js';
import {
  DuplicateSubscriptionError,
  IntegrationNotFoundError,
  WebhookNotFoundError,
} from './subscriptions.errors.js';
import { WebhookHealth } from './webhook-health.enum.js';

export interface NewWebhook {
  readonly integrationId: string;
  readonly integrationType: IntegrationType;
  readonly type: WebhookType | null;
  readonly endPoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WebhookWithHealth {
  readonly id: string;
  readonly type: WebhookType | null;
  readonly endPoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly health: WebhookHealth;
  readonly createdAt: Date;
}

const UNIQUE_VIOLATION = '23505';

/**
 * Taken before anything else: a failure that is recorded at the same time either is seen as BLOCKED
 * here, or sees the removal. Otherwise the queue could stay blocked by a message nobody wants.
 */
const LOCK_QUEUE_OF_WEBHOOK = `
  SELECT FROM integration_queue
  WHERE queue_id = (SELECT integration_id FROM integration_webhook WHERE id = $1)
  FOR NO KEY UPDATE`;

/** Creates, lists and removes subscriptions. The caller has validated endPoint, headers and type. */
export class WebhookSubscriptionsStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The database's unique index decides between simultaneous requests: exactly one wins.
   * Throws {@link DuplicateSubscriptionError}, {@link IntegrationNotFoundError}.
   */
  async create(webhook: NewWebhook): Promise<string> {
    const id = randomUUID();
    const { integrationId, integrationType, type, endPoint, headers } = webhook;
    try {
      const inserted = await this.dataSource.query<{ id: string }[]>(
        `INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, type, end_point, headers)
         SELECT $1, q.queue_id, $3, q.organization_id, $4, $5, $6 FROM integration_queue q WHERE q.queue_id = $2
         RETURNING id`,
        [id, integrationId, integrationType, type, endPoint, JSON.stringify(headers)],
      );
      if (inserted.length === 0) throw new IntegrationNotFoundError(integrationId);
      return id;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const existing = await this.active(integrationId, type);
      throw new DuplicateSubscriptionError(integrationId, type, existing?.id);
    }
  }

  /**
   * Removes a subscription; its queued messages are discarded when their turn comes. Where one of
   * them is the head of a blocked queue the queue is asked to go on at once (specification
   * section 5), in `manual` mode as well.
   *
   * Throws {@link WebhookNotFoundError}, also for one that was removed before.
   */
  async remove(webhookId: string): Promise<void> {
    await this.dataSource.transaction(async (transaction) => {
      await transaction.query(LOCK_QUEUE_OF_WEBHOOK, [webhookId]);
      const repository = transaction.getRepository(IntegrationWebhookEntity);
      const { affected } = await repository.update(
        { id: webhookId, removedAt: IsNull() },
        { removedAt: () => 'clock_timestamp()' },
      );
      if (affected !== 1) throw new WebhookNotFoundError(webhookId);
      await transaction.query(
        `UPDATE integration_queue q SET due_at = '-infinity'
         FROM integration_webhook w
         WHERE w.id = $1 AND q.queue_id = w.integration_id AND q.status = 'BLOCKED'
           AND EXISTS (SELECT 1 FROM integration_queue_message m
                       WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq AND m.webhook_id = w.id)`,
        [webhookId],
      );
    });
  }

  /** Throws {@link IntegrationNotFoundError}. */
  async list(integrationId: string): Promise<WebhookWithHealth[]> {
    const [queue] = await this.dataSource.query<{ status: string }[]>(
      'SELECT status FROM integration_queue WHERE queue_id = $1',
      [integrationId],
    );
    if (!queue) throw new IntegrationNotFoundError(integrationId);
    const health = queue.status === 'BLOCKED' ? WebhookHealth.FAILING : WebhookHealth.HEALTHY;
    const webhooks = await this.dataSource.getRepository(IntegrationWebhookEntity).find({
      where: { integrationId, removedAt: IsNull() },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
    return webhooks.map(({ id, type, endPoint, headers, createdAt }) => ({
      id,
      type,
      endPoint,
      headers,
      health,
      createdAt,
    }));
  }

  private active(integrationId: string, type: WebhookType | null) {
    return this.dataSource
      .getRepository(IntegrationWebhookEntity)
      .findOneBy({ integrationId, type: type ?? IsNull(), removedAt: IsNull() });
  }
}

function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  return (error.driverError as { code?: unknown }).code === UNIQUE_VIOLATION;
}
