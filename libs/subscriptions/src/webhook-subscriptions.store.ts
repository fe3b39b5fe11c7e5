import { randomUUID } from 'node:crypto';
import { isUuid, type WebhookType } from '@app/events';
import { QueryFailedError, type DataSource } from 'typeorm';
import {
  DuplicateSubscriptionError,
  IntegrationNotFoundError,
  WebhookNotFoundError,
  WebhookOwnerMismatchError,
} from './subscriptions.errors.js';
import { WebhookHealth } from './webhook-health.enum.js';
import type { NewWebhook, WebhookChange, WebhookOwner, WebhookWithHealth } from './webhook.js';

interface WebhookRow {
  readonly id: string;
  readonly integration_id: string;
  readonly type: WebhookType | null;
  readonly end_point: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly created_at: Date;
  readonly queue_status: string;
}

/** The columns are null but where it was changed. */
type ChangedRow = WebhookRow & { readonly verdict: 'changed' | 'not_found' | 'mismatch' };

const UNIQUE_VIOLATION = '23505';

/** Of an active webhook `w` with its queue `q`. */
const COLUMNS = `w.id, w.integration_id, w.type, w.end_point, w.headers, w.created_at, q.status AS queue_status`;

/**
 * Locks the owner's row against the end of the installation, which removes all webhooks: without it
 * one that is created at that moment would stay.
 */
const INSERT = `
  WITH installed AS (
    SELECT id FROM gb_integration WHERE id = $2 AND status = 'ACTIVE' FOR SHARE
  ), client AS (
    SELECT id FROM oauth_client WHERE id = $2 AND withdrawn_at IS NULL FOR SHARE
  ), owner AS (
    SELECT q.* FROM integration_queue q
    WHERE q.queue_id IN (SELECT id FROM installed UNION ALL SELECT id FROM client)
  ), w AS (
    INSERT INTO integration_webhook (id, integration_id, integration_type, organization_id, type, end_point, headers)
    SELECT $1, o.queue_id, o.integration_type, o.organization_id, $3, $4, $5 FROM owner o
    RETURNING *
  )
  SELECT ${COLUMNS} FROM w JOIN owner q ON q.queue_id = w.integration_id`;

/** Creates, changes, lists and removes subscriptions. The caller has validated endPoint, headers and type. */
export class WebhookSubscriptionsStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The database's unique index decides between simultaneous requests: exactly one wins.
   * Throws {@link DuplicateSubscriptionError}, {@link IntegrationNotFoundError}.
   */
  async create(webhook: NewWebhook): Promise<WebhookWithHealth> {
    const { integrationId, type, endPoint, headers } = webhook;
    try {
      const [created] = await this.dataSource.query<WebhookRow[]>(INSERT, [
        randomUUID(),
        integrationId,
        type,
        endPoint,
        JSON.stringify(headers),
      ]);
      if (!created) throw new IntegrationNotFoundError(integrationId);
      return webhookOf(created);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const existing = await this.active(integrationId);
      const same = existing.find((each) => each.type === type);
      throw new DuplicateSubscriptionError(integrationId, type, same?.id);
    }
  }

  /**
   * Changes where and with which headers a subscription is delivered, also what is queued already.
   * Where one of its messages is the head of a blocked queue it is tried again at once, in `manual`
   * mode as well: the cause may be gone.
   *
   * Throws {@link WebhookNotFoundError}, {@link WebhookOwnerMismatchError}.
   */
  update(
    webhookId: string,
    change: WebhookChange,
    owner: WebhookOwner,
  ): Promise<WebhookWithHealth> {
    const { endPoint = null, headers } = change;
    const given = headers === undefined ? null : JSON.stringify(headers);
    return this.change(webhookId, owner, [endPoint, given, false]);
  }

  /**
   * Removes a subscription; its queued messages are discarded when their turn comes. Where one of
   * them is the head of a blocked queue the queue is asked to go on at once (specification
   * section 5), in `manual` mode as well. Without `owner` whoever's it is.
   *
   * A request of it that is under way is not waited for here, see InFlightDeliveries of the queue.
   * Throws {@link WebhookNotFoundError}, also for one that was removed before, and
   * {@link WebhookOwnerMismatchError}.
   */
  remove(webhookId: string, owner?: WebhookOwner): Promise<WebhookWithHealth> {
    return this.change(webhookId, owner, [null, null, true]);
  }

  /** An active webhook. Throws {@link WebhookNotFoundError}, {@link WebhookOwnerMismatchError}. */
  async owned(webhookId: string, owner: WebhookOwner): Promise<WebhookWithHealth> {
    const [row] = isUuid(webhookId)
      ? await this.dataSource.query<(WebhookRow & { readonly integration_type: string })[]>(
          `SELECT ${COLUMNS}, w.integration_type FROM integration_webhook w
           JOIN integration_queue q ON q.queue_id = w.integration_id
           WHERE w.id = $1 AND w.removed_at IS NULL`,
          [webhookId],
        )
      : [];
    if (!row) throw new WebhookNotFoundError(webhookId);
    const { integration_id: id, integration_type: type } = row;
    if (id !== owner.integrationId || type !== owner.integrationType) {
      throw new WebhookOwnerMismatchError(webhookId);
    }
    return webhookOf(row);
  }

  /** The active webhooks of an integration, the oldest first. Throws {@link IntegrationNotFoundError}. */
  async list(integrationId: string): Promise<WebhookWithHealth[]> {
    const webhooks = await this.active(integrationId);
    if (webhooks.length === 0) await this.assertIntegration(integrationId);
    return webhooks.map(webhookOf);
  }

  private async assertIntegration(integrationId: string): Promise<void> {
    const found = await this.dataSource.query<unknown[]>(
      'SELECT queue_id FROM integration_queue WHERE queue_id = $1',
      [integrationId],
    );
    if (found.length === 0) throw new IntegrationNotFoundError(integrationId);
  }

  private active(integrationId: string): Promise<WebhookRow[]> {
    return this.dataSource.query<WebhookRow[]>(
      `SELECT ${COLUMNS} FROM integration_webhook w JOIN integration_queue q ON q.queue_id = w.integration_id
       WHERE w.integration_id = $1 AND w.removed_at IS NULL ORDER BY w.created_at, w.id`,
      [integrationId],
    );
  }

  /** One autocommitted statement: whoever is paused in the middle leaves no queue locked. */
  private async change(
    webhookId: string,
    owner: WebhookOwner | undefined,
    change: readonly [endPoint: string | null, headers: string | null, remove: boolean],
  ): Promise<WebhookWithHealth> {
    if (!isUuid(webhookId)) throw new WebhookNotFoundError(webhookId);
    const { integrationId = null, integrationType = null } = owner ?? {};
    const [row] = await this.dataSource.query<ChangedRow[]>(
      'SELECT * FROM change_webhook($1, $2, $3, $4, $5, $6)',
      [webhookId, integrationId, integrationType, ...change],
    );
    if (row?.verdict === 'mismatch') throw new WebhookOwnerMismatchError(webhookId);
    if (row?.verdict !== 'changed') throw new WebhookNotFoundError(webhookId);
    return webhookOf(row);
  }
}

function webhookOf(row: WebhookRow): WebhookWithHealth {
  return {
    id: row.id,
    integrationId: row.integration_id,
    type: row.type,
    endPoint: row.end_point,
    headers: row.headers,
    health: row.queue_status === 'BLOCKED' ? WebhookHealth.FAILING : WebhookHealth.HEALTHY,
    createdAt: row.created_at,
  };
}

function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  return (error.driverError as { code?: unknown }).code === UNIQUE_VIOLATION;
}
