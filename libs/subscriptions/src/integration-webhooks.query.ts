import type { WebhookType } from '@app/events';
import type { DataSource } from 'typeorm';

/** What stage ③ needs of a subscription. */
export interface Subscriber {
  readonly webhookId: string;
  readonly integrationId: string;
}

/** Answers "who subscribed?" for the events of one batch. */
export interface Subscribers {
  of(organizationId: string, type: WebhookType): readonly Subscriber[];
}

interface Row {
  readonly id: string;
  readonly integration_id: string;
  readonly organization_id: string;
  readonly type: WebhookType | null;
}

const NOBODY: readonly Subscriber[] = [];

/**
 * ③ match: the active subscriptions of the organizations of a batch, in one query whatever the
 * size of the batch. A webhook without type and one with the event's type both match and both get
 * the event, each as a message of its own (specification section 6).
 */
export class IntegrationWebhooksQuery {
  constructor(private readonly dataSource: DataSource) {}

  /** Throws the database's error; the caller's batch is then tried again as a whole. */
  async execute(
    events: Iterable<{ readonly organizationId: string; readonly type: WebhookType }>,
  ): Promise<Subscribers> {
    const organizations = new Set<string>();
    const types = new Set<string>();
    for (const event of events) {
      organizations.add(event.organizationId);
      types.add(event.type);
    }
    const rows = organizations.size === 0 ? [] : await this.select(organizations, types);
    return new SubscribersOfBatch(rows);
  }

  /** Ordered, so that a batch that is processed again gives the same messages in the same order. */
  private select(organizations: Set<string>, types: Set<string>): Promise<Row[]> {
    return this.dataSource.query<Row[]>(
      `SELECT id, integration_id, organization_id, type FROM integration_webhook
       WHERE organization_id = ANY ($1) AND (type IS NULL OR type = ANY ($2)) AND removed_at IS NULL
       ORDER BY organization_id, created_at, id`,
      [[...organizations], [...types]],
    );
  }
}

class SubscribersOfBatch implements Subscribers {
  private readonly byOrganization = new Map<string, Row[]>();
  private readonly found = new Map<string, readonly Subscriber[]>();

  constructor(rows: readonly Row[]) {
    for (const row of rows) {
      const rowsOfOrganization = this.byOrganization.get(row.organization_id);
      if (rowsOfOrganization) rowsOfOrganization.push(row);
      else this.byOrganization.set(row.organization_id, [row]);
    }
  }

  of(organizationId: string, type: WebhookType): readonly Subscriber[] {
    const rows = this.byOrganization.get(organizationId);
    if (!rows) return NOBODY;
    const key = `${type} ${organizationId}`;
    let subscribers = this.found.get(key);
    if (!subscribers) {
      subscribers = rows
        .filter((row) => row.type === null || row.type === type)
        .map((row) => ({ webhookId: row.id, integrationId: row.integration_id }));
      this.found.set(key, subscribers);
    }
    return subscribers;
  }
}
