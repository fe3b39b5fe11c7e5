import type { WebhookType } from '@app/events';
import type { DataSource } from 'typeorm';
import {
  type Subscriber,
  type Subscription,
  SubscribersOfOrganization,
} from './subscribers-of-organization.js';

/** Answers "who subscribed?" for the events of one batch. */
export interface Subscribers {
  /** `producedAt`: the record's timestamp, milliseconds since the epoch; negative where it has none. */
  of(organizationId: string, type: WebhookType, producedAt: number): readonly Subscriber[];
}

/** What was known last; it holds where the organizations still have these versions. */
export interface RememberedSubscribers extends Subscribers {
  /** By organization. */
  readonly versions: ReadonlyMap<string, string>;
}

export interface MatchOptions {
  /** Milliseconds by which a producer's clock may be behind the database's. */
  readonly clockSkewMs: number;
}

interface OrganizationEvent {
  readonly organizationId: string;
  readonly type: WebhookType;
}

interface Row {
  readonly organization_id: string;
  /** Null where the organization has never had a webhook, as far as this database knows. */
  readonly version: string | null;
  /** Null, like what follows, where the organization has no active webhook any more. */
  readonly id: string | null;
  readonly integration_id: string;
  readonly type: WebhookType | null;
  readonly created_at: number;
}

/** Organizations whose subscriptions are kept; beyond that the one used longest ago makes room. */
const CACHE_ORGANIZATIONS = 10_000;

const NOBODY: readonly Subscriber[] = [];

/**
 * ③ match: the active subscriptions of the organizations of a batch. They are kept in memory; what is
 * asked for each batch is only whether an organization's version has changed, and the answer brings
 * the changed ones along (ADR 22). So a subscription counts in every replica from its commit on. Where all
 * is known, the statement that stores the messages can ask that instead.
 */
export class IntegrationWebhooksQuery {
  private readonly cache = new Map<string, SubscribersOfOrganization>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: MatchOptions,
  ) {}

  /** Undefined where an organization is not known, or has no subscription as far as is known. */
  remembered(events: Iterable<OrganizationEvent>): RememberedSubscribers | undefined {
    const known = new Map<string, SubscribersOfOrganization>();
    const versions = new Map<string, string>();
    for (const { organizationId } of events) {
      const subscribers = this.cache.get(organizationId);
      if (!subscribers) return undefined;
      known.set(organizationId, subscribers);
      versions.set(organizationId, subscribers.version);
    }
    this.keep(known);
    return { ...this.subscribersIn(known), versions };
  }

  /** Throws the database's error; the caller's batch is then tried again as a whole. */
  async execute(events: Iterable<OrganizationEvent>): Promise<Subscribers> {
    const organizations = new Set<string>();
    for (const { organizationId } of events) organizations.add(organizationId);
    // Held apart from the cache: what another call learns meanwhile is no answer to this one.
    const known = new Map<string, SubscribersOfOrganization | undefined>();
    for (const id of organizations) known.set(id, this.cache.get(id));
    const rows = known.size === 0 ? [] : await this.changed(known);
    for (const [id, subscribers] of byOrganization(rows)) known.set(id, subscribers);
    this.keep(known);
    return this.subscribersIn(known);
  }

  private subscribersIn(
    known: ReadonlyMap<string, SubscribersOfOrganization | undefined>,
  ): Subscribers {
    const { clockSkewMs } = this.options;
    return {
      of: (organizationId, type, producedAt) =>
        known.get(organizationId)?.of(type, producedAt < 0 ? Infinity : producedAt, clockSkewMs) ??
        NOBODY,
    };
  }

  /**
   * The subscriptions of those organizations whose version differs from the known one, versions and
   * subscriptions from one snapshot. The laterals keep the plan to one index look-up an organization,
   * and read webhooks only where something has changed. A version that is gone has changed as well: the
   * database is a restored one, of before. Ordered, so that a batch that is processed again
   * gives the same messages in the same order.
   */
  private changed(
    known: ReadonlyMap<string, SubscribersOfOrganization | undefined>,
  ): Promise<Row[]> {
    return this.dataSource.query<Row[]>(
      `SELECT known.organization_id, s.version, w.id, w.integration_id, w.type,
              extract(epoch FROM w.created_at)::float8 * 1000 AS created_at
       FROM unnest($1::text[], $2::uuid[]) AS known (organization_id, version)
       LEFT JOIN LATERAL (SELECT o.version FROM organization_subscriptions o
                          WHERE o.organization_id = known.organization_id OFFSET 0) s ON true
       LEFT JOIN LATERAL (SELECT * FROM integration_webhook w
                          WHERE w.organization_id = known.organization_id AND w.removed_at IS NULL
                          OFFSET 0) w ON true
       WHERE s.version IS DISTINCT FROM known.version
       ORDER BY known.organization_id, w.created_at, w.id`,
      [[...known.keys()], [...known.values()].map((each) => each?.version ?? null)],
    );
  }

  private keep(known: ReadonlyMap<string, SubscribersOfOrganization | undefined>): void {
    for (const [id, subscribers] of known) {
      this.cache.delete(id);
      if (subscribers) this.cache.set(id, subscribers);
    }
    for (const oldest of this.cache.keys()) {
      if (this.cache.size <= CACHE_ORGANIZATIONS) return;
      this.cache.delete(oldest);
    }
  }
}

function byOrganization(rows: readonly Row[]): Map<string, SubscribersOfOrganization | undefined> {
  const found = new Map<string, { version: string | null; subscriptions: Subscription[] }>();
  for (const row of rows) {
    let organization = found.get(row.organization_id);
    if (!organization) {
      organization = { version: row.version, subscriptions: [] };
      found.set(row.organization_id, organization);
    }
    if (row.id === null) continue;
    organization.subscriptions.push({
      webhookId: row.id,
      integrationId: row.integration_id,
      type: row.type,
      createdAt: row.created_at,
    });
  }
  return new Map(
    [...found].map(([id, { version, subscriptions }]) => [
      id,
      version === null ? undefined : new SubscribersOfOrganization(version, subscriptions),
    ]),
  );
}
