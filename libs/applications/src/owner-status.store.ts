import type { DataSource } from 'typeorm';
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
 * refused from the commit on, and nothing more is taken up from their queues. Each is one autocommitted
 * statement: a command that is paused in the middle leaves none of the queues locked.
 */
export class OwnerStatusStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Stops an application everywhere. Events go on being queued, so that nothing is missing when it is
   * resumed. Throws {@link ApplicationNotFoundError}.
   */
  suspend(clientId: string): Promise<OwnerChange> {
    return this.setStatus(clientId, 'SUSPENDED');
  }

  /** What was queued meanwhile is delivered in order. Throws {@link ApplicationNotFoundError}. */
  resume(clientId: string): Promise<OwnerChange> {
    return this.setStatus(clientId, 'ACTIVE');
  }

  /**
   * Ends an installation for good: its webhooks are removed, what is queued is discarded. So are the
   * webhooks of the OAuth client, where the application may not act in the organization any more.
   *
   * Throws {@link InstallationNotFoundError}, also for one that was uninstalled before.
   */
  async uninstall(integrationId: string): Promise<OwnerChange> {
    const [row] = await this.dataSource.query<{ queueIds: string[] | null }[]>(
      'SELECT uninstall_integration($1) AS "queueIds"',
      [integrationId],
    );
    if (!row?.queueIds) throw new InstallationNotFoundError(integrationId);
    return { changed: true, queueIds: row.queueIds };
  }

  private async setStatus(clientId: string, status: 'ACTIVE' | 'SUSPENDED'): Promise<OwnerChange> {
    const [change] = await this.dataSource.query<OwnerChange[]>(
      'SELECT changed, queue_ids AS "queueIds" FROM set_application_status($1, $2)',
      [clientId, status],
    );
    if (!change) throw new ApplicationNotFoundError(clientId);
    return change;
  }
}
