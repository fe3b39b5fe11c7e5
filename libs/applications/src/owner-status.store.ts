import type { DataSource, EntityManager } from 'typeorm';
import { ApplicationNotFoundError, InstallationNotFoundError } from './applications.errors.js';

/** What an operator did to owners, and the queues that it stopped. */
export interface OwnerChange {
  /** False where it was so already: then nothing was done, and the queues are named all the same. */
  readonly changed: boolean;
  /** Nothing new is sent from them; what is under way may still end. */
  readonly queueIds: readonly string[];
}

/**
 * Suspends and resumes applications, and ends installations. The tokens of whoever is stopped are
 * refused from the commit on, and nothing more is taken up from their queues.
 */
export class OwnerStatusStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Stops an application everywhere. Events go on being queued, so that nothing is missing when it is
   * resumed. Throws {@link ApplicationNotFoundError}.
   */
  suspend(clientId: string): Promise<OwnerChange> {
    return this.setStatus(clientId, 'SUSPENDED', 'clock_timestamp()');
  }

  /** What was queued meanwhile is delivered in order. Throws {@link ApplicationNotFoundError}. */
  resume(clientId: string): Promise<OwnerChange> {
    return this.setStatus(clientId, 'ACTIVE', 'NULL');
  }

  /**
   * Ends an installation for good: its webhooks are removed, what is queued is discarded. So are the
   * webhooks of the OAuth client, where the application may not act in the organization any more.
   *
   * Throws {@link InstallationNotFoundError}, also for one that was uninstalled before.
   */
  uninstall(integrationId: string): Promise<OwnerChange> {
    return this.dataSource.transaction(async (transaction) => {
      const [rows] = await transaction.query<[{ app_id: string; organization_id: string }[]]>(
        `UPDATE gb_integration SET status = 'UNINSTALLED'
         WHERE id = $1 AND status = 'ACTIVE' RETURNING app_id, organization_id`,
        [integrationId],
      );
      const [integration] = rows;
      if (!integration) throw new InstallationNotFoundError(integrationId);
      const { app_id: appId, organization_id: organizationId } = integration;
      const withdrawn = await withdrawClient(transaction, appId, organizationId);
      const queueIds = [integrationId, ...withdrawn];
      await removeWebhooks(transaction, queueIds);
      return { changed: true, queueIds };
    });
  }

  private setStatus(
    clientId: string,
    status: 'ACTIVE' | 'SUSPENDED',
    suspendedAt: string,
  ): Promise<OwnerChange> {
    return this.dataSource.transaction(async (transaction) => {
      const [application] = await transaction.query<{ id: string; status: string }[]>(
        'SELECT id, status FROM application WHERE client_id = $1 FOR NO KEY UPDATE',
        [clientId],
      );
      if (!application) throw new ApplicationNotFoundError(clientId);
      const queues = await lockQueues(transaction, 'application_id = $1', application.id);
      if (application.status === status) return { changed: false, queueIds: queues };
      await transaction.query('UPDATE application SET status = $2 WHERE id = $1', [
        application.id,
        status,
      ]);
      await transaction.query(
        `UPDATE integration_queue SET suspended_at = ${suspendedAt} WHERE queue_id = ANY ($1)`,
        [queues],
      );
      return { changed: true, queueIds: queues };
    });
  }
}

/**
 * Takes from an application the right to act as an OAuth client where it is neither installed nor
 * allowed any more. Returns the id of the client that lost it, if there is one.
 *
 * The client is locked before it is judged: of two rights that end at the same time each would still
 * see the other one.
 */
export async function withdrawClient(
  transaction: EntityManager,
  appId: string,
  organizationId: string,
): Promise<string[]> {
  await transaction.query(
    'SELECT FROM oauth_client WHERE app_id = $1 AND organization_id = $2 FOR NO KEY UPDATE',
    [appId, organizationId],
  );
  const [rows] = await transaction.query<[{ id: string }[]]>(
    `UPDATE oauth_client c SET withdrawn_at = clock_timestamp()
     WHERE c.app_id = $1 AND c.organization_id = $2 AND c.withdrawn_at IS NULL
       AND NOT EXISTS (SELECT FROM gb_integration i
                       WHERE i.app_id = $1 AND i.organization_id = $2 AND i.status = 'ACTIVE')
       AND NOT EXISTS (SELECT FROM application_organization o
                       WHERE o.app_id = $1 AND o.organization_id = $2)
     RETURNING c.id`,
    [appId, organizationId],
  );
  return rows.map(({ id }) => id);
}

/**
 * Removes every webhook of these integrations. The queues are locked first, in the order in which
 * everybody locks them; a blocked head that is discarded by this lets its queue go on.
 */
export async function removeWebhooks(
  transaction: EntityManager,
  integrationIds: readonly string[],
): Promise<void> {
  await lockQueues(transaction, 'queue_id = ANY ($1)', integrationIds);
  await transaction.query(
    `UPDATE integration_webhook SET removed_at = clock_timestamp()
     WHERE integration_id = ANY ($1) AND removed_at IS NULL`,
    [integrationIds],
  );
  await transaction.query(
    `UPDATE integration_queue SET due_at = '-infinity'
     WHERE queue_id = ANY ($1) AND status = 'BLOCKED'`,
    [integrationIds],
  );
}

async function lockQueues(
  transaction: EntityManager,
  condition: string,
  value: unknown,
): Promise<string[]> {
  const rows = await transaction.query<{ queue_id: string }[]>(
    `SELECT queue_id FROM integration_queue WHERE ${condition} ORDER BY queue_id FOR NO KEY UPDATE`,
    [value],
  );
  return rows.map((row) => row.queue_id);
}
