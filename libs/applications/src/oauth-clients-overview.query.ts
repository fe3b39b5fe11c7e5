import type { DataSource } from 'typeorm';

/** Where an application may act as an OAuth client, and what has become of it there. */
export interface OauthClientOverview {
  readonly clientId: string;
  readonly organizationId: string;
  /** Null until the first token. */
  readonly integrationId: string | null;
  /** On the application's list of organizations. */
  readonly allowed: boolean;
  /** Installed in the organization, which allows it as well. */
  readonly installed: boolean;
  readonly webhooks: number;
  readonly lastTokenAt: Date | null;
}

/** OAuth clients by organization: those that have had a token, and those that may ask for one. */
export class OauthClientsOverviewQuery {
  constructor(private readonly dataSource: DataSource) {}

  execute(filter: {
    readonly clientId?: string | undefined;
    readonly organizationId?: string | undefined;
  }): Promise<OauthClientOverview[]> {
    return this.dataSource.query(
      `WITH place AS (
         SELECT app_id, organization_id FROM oauth_client
         UNION SELECT app_id, organization_id FROM application_organization
         UNION SELECT app_id, organization_id FROM gb_integration WHERE status = 'ACTIVE'
       )
       SELECT a.client_id AS "clientId", p.organization_id AS "organizationId", c.id AS "integrationId",
              EXISTS (SELECT FROM application_organization o
                      WHERE o.app_id = p.app_id AND o.organization_id = p.organization_id) AS allowed,
              EXISTS (SELECT FROM gb_integration i WHERE i.app_id = p.app_id AND i.status = 'ACTIVE'
                        AND i.organization_id = p.organization_id) AS installed,
              (SELECT count(*)::integer FROM integration_webhook w
               WHERE w.integration_id = c.id AND w.removed_at IS NULL) AS webhooks,
              (SELECT max(t.issued_at) FROM oauth_token t WHERE t.oauth_client_id = c.id) AS "lastTokenAt"
       FROM place p JOIN application a ON a.id = p.app_id
       LEFT JOIN oauth_client c ON c.app_id = p.app_id AND c.organization_id = p.organization_id
       WHERE ($1::text IS NULL OR a.client_id = $1) AND ($2::text IS NULL OR p.organization_id = $2)
       ORDER BY a.created_at, a.id, p.organization_id`,
      [filter.clientId ?? null, filter.organizationId ?? null],
    );
  }
}
