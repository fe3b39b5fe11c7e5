import type { DataSource } from 'typeorm';

/** An application as operators see it: without its secret. */
export interface ApplicationOverview {
  readonly applicationId: string;
  readonly clientId: string;
  readonly name: string;
  readonly type: 'PRIVATE' | 'PUBLIC';
  readonly status: 'ACTIVE' | 'SUSPENDED';
  readonly scopes: readonly string[];
  /** How many organizations have it installed. */
  readonly integrations: number;
  readonly createdAt: Date;
}

/** An installation as operators see it: without its token. */
export interface IntegrationOverview {
  readonly integrationId: string;
  readonly organizationId: string;
  readonly clientId: string;
  readonly name: string;
  readonly status: 'ACTIVE' | 'UNINSTALLED';
  readonly scopes: readonly string[];
  readonly createdAt: Date;
}

/** Applications and their installations, oldest first. Columns are named, so no secret slips in. */
export class ApplicationsOverviewQuery {
  constructor(private readonly dataSource: DataSource) {}

  applications(): Promise<ApplicationOverview[]> {
    return this.dataSource.query(
      `SELECT a.id AS "applicationId", a.client_id AS "clientId", a.name, a.type, a.status, a.scopes,
              (SELECT count(*)::integer FROM gb_integration i
               WHERE i.app_id = a.id AND i.status = 'ACTIVE') AS integrations,
              a.created_at AS "createdAt"
       FROM application a ORDER BY a.created_at, a.id`,
    );
  }

  integrations(filter: {
    readonly organizationId?: string | undefined;
  }): Promise<IntegrationOverview[]> {
    return this.dataSource.query(
      `SELECT i.id AS "integrationId", i.organization_id AS "organizationId", a.client_id AS "clientId",
              i.name, i.status, i.scopes, i.created_at AS "createdAt"
       FROM gb_integration i JOIN application a ON a.id = i.app_id
       WHERE ($1::text IS NULL OR i.organization_id = $1)
       ORDER BY i.created_at, i.id`,
      [filter.organizationId ?? null],
    );
  }
}
