import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { ApplicationNotFoundError, NoOrganizationListError } from './applications.errors.js';
import type { OwnerChange } from './owner-status.store.js';

interface DisallowedRow {
  readonly verdict: 'changed' | 'unchanged' | 'not_found' | 'no_list';
  readonly queueIds: readonly string[];
}

/**
 * Where applications may act as OAuth clients: where they are installed, and where an operator has
 * allowed it. An application's client in one organization is one integration with a queue of its own.
 */
export class OauthClientsStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Lets a PRIVATE application act in an organization. Returns false where it may already.
   *
   * Throws {@link ApplicationNotFoundError}, {@link NoOrganizationListError}.
   */
  allow(clientId: string, organizationId: string): Promise<boolean> {
    return this.dataSource.transaction(async (transaction) => {
      const appId = await privateApplication(transaction, clientId);
      const added = await transaction.query<unknown[]>(
        `INSERT INTO application_organization (app_id, organization_id) VALUES ($1, $2)
         ON CONFLICT DO NOTHING RETURNING app_id`,
        [appId, organizationId],
      );
      return added.length === 1;
    });
  }

  /**
   * Takes an organization from the list. Where the application is not installed there either, its
   * tokens are refused from then on and its webhooks are removed.
   *
   * Throws {@link ApplicationNotFoundError}, {@link NoOrganizationListError}.
   */
  async disallow(clientId: string, organizationId: string): Promise<OwnerChange> {
    const [row] = await this.dataSource.query<DisallowedRow[]>(
      'SELECT verdict, queue_ids AS "queueIds" FROM disallow_organization($1, $2)',
      [clientId, organizationId],
    );
    if (!row || row.verdict === 'not_found') throw new ApplicationNotFoundError(clientId);
    if (row.verdict === 'no_list') throw new NoOrganizationListError(clientId);
    return { changed: row.verdict === 'changed', queueIds: row.queueIds };
  }

  /**
   * The id of an application's client in an organization, made with its queue where there is none yet;
   * undefined where the application may not act there. Every row that gives the right is locked, so that
   * it cannot be taken away while a client is made from it.
   */
  ensure(applicationId: string, organizationId: string): Promise<string | undefined> {
    return this.dataSource.transaction(async (transaction) => {
      const known = await existing(transaction, applicationId, organizationId);
      if (known !== undefined) return known;
      if (!(await isEntitled(transaction, applicationId, organizationId))) return undefined;
      const restored = await restore(transaction, applicationId, organizationId);
      if (restored !== undefined) return restored;
      const [client] = await transaction.query<{ id: string }[]>(
        `INSERT INTO oauth_client (id, app_id, organization_id) VALUES ($1, $2, $3)
         ON CONFLICT (app_id, organization_id) DO UPDATE SET withdrawn_at = NULL RETURNING id`,
        [randomUUID(), applicationId, organizationId],
      );
      if (!client) return undefined;
      await transaction.query(
        `INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id, integration_type)
         VALUES ($1, $1, $2, $3, 'OAUTH_CLIENT') ON CONFLICT DO NOTHING`,
        [client.id, applicationId, organizationId],
      );
      return client.id;
    });
  }
}

async function existing(
  transaction: EntityManager,
  applicationId: string,
  organizationId: string,
): Promise<string | undefined> {
  const [client] = await transaction.query<{ id: string }[]>(
    `SELECT c.id FROM oauth_client c JOIN application a ON a.id = c.app_id
     WHERE c.app_id = $1 AND c.organization_id = $2 AND c.withdrawn_at IS NULL AND a.status = 'ACTIVE'`,
    [applicationId, organizationId],
  );
  return client?.id;
}

/**
 * Gives a client its right back. The tokens of before stay refused: whoever took the right away meant
 * them, and whoever gives it back speaks of the application alone.
 */
async function restore(
  transaction: EntityManager,
  applicationId: string,
  organizationId: string,
): Promise<string | undefined> {
  const [[client]] = await transaction.query<[{ id: string }[]]>(
    `UPDATE oauth_client SET withdrawn_at = NULL
     WHERE app_id = $1 AND organization_id = $2 AND withdrawn_at IS NOT NULL RETURNING id`,
    [applicationId, organizationId],
  );
  if (!client) return undefined;
  await transaction.query(
    'UPDATE oauth_token SET revoked_at = clock_timestamp() WHERE oauth_client_id = $1 AND revoked_at IS NULL',
    [client.id],
  );
  return client.id;
}

async function isEntitled(
  transaction: EntityManager,
  applicationId: string,
  organizationId: string,
): Promise<boolean> {
  const active = await transaction.query<unknown[]>(
    `SELECT id FROM application WHERE id = $1 AND status = 'ACTIVE' FOR SHARE`,
    [applicationId],
  );
  if (active.length === 0) return false;
  const installed = await transaction.query<unknown[]>(
    `SELECT id FROM gb_integration
     WHERE app_id = $1 AND organization_id = $2 AND status = 'ACTIVE' FOR SHARE`,
    [applicationId, organizationId],
  );
  const allowed = await transaction.query<unknown[]>(
    'SELECT app_id FROM application_organization WHERE app_id = $1 AND organization_id = $2 FOR SHARE',
    [applicationId, organizationId],
  );
  return installed.length + allowed.length > 0;
}

async function privateApplication(transaction: EntityManager, clientId: string): Promise<string> {
  const [application] = await transaction.query<{ id: string; type: string }[]>(
    'SELECT id, type FROM application WHERE client_id = $1 FOR SHARE',
    [clientId],
  );
  if (!application) throw new ApplicationNotFoundError(clientId);
  if (application.type !== 'PRIVATE') throw new NoOrganizationListError(clientId);
  return application.id;
}
