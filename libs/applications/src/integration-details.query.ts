import { isUuid } from '@app/events';
import type { DataSource } from 'typeorm';

/** An installation as those in its organization may see it. */
export interface IntegrationDetails {
  readonly id: string;
  readonly name: string;
  /** Of the application. */
  readonly type: 'PRIVATE' | 'PUBLIC';
}

/** Installations of an organization; without those that are uninstalled or another's. */
export class IntegrationDetailsQuery {
  constructor(private readonly dataSource: DataSource) {}

  /** Ids may be any text; what is no UUID is not found. In no order. */
  async execute(ids: readonly string[], organizationId: string): Promise<IntegrationDetails[]> {
    return this.dataSource.query<IntegrationDetails[]>(
      `SELECT i.id, i.name, a.type FROM gb_integration i JOIN application a ON a.id = i.app_id
       WHERE i.id = ANY ($1::uuid[]) AND i.organization_id = $2 AND i.status = 'ACTIVE'`,
      [ids.filter(isUuid), organizationId],
    );
  }
}
