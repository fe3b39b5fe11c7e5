import { isUuid } from '@app/events';
import type { DataSource } from 'typeorm';

/** An installation as those in its organization may see it. */
export interface IntegrationDetails {
  readonly id: string;
  readonly name: string;
  /** Of the application. */
  readonly type: 'PRIVATE' | 'PUBLIC';
}

/** An installation of an organization; undefined for one that is uninstalled or another's. */
export class IntegrationDetailsQuery {
  constructor(private readonly dataSource: DataSource) {}

  /** `id` may be any text; what is no UUID is not found. */
  async execute(id: string, organizationId: string): Promise<IntegrationDetails | undefined> {
    if (!isUuid(id)) return undefined;
    const [details] = await this.dataSource.query<IntegrationDetails[]>(
      `SELECT i.id, i.name, a.type FROM gb_integration i JOIN application a ON a.id = i.app_id
       WHERE i.id = $1 AND i.organization_id = $2 AND i.status = 'ACTIVE'`,
      [id, organizationId],
    );
    return details;
  }
}
