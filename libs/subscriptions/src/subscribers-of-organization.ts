import type { WebhookType } from '@app/events';

/** What stage ③ needs of a subscription. */
export interface Subscriber {
  readonly webhookId: string;
  readonly integrationId: string;
}

export interface Subscription extends Subscriber {
  /** Null: every type. */
  readonly type: WebhookType | null;
  /** Milliseconds since the epoch, by the database's clock. */
  readonly createdAt: number;
}

const NOBODY: readonly Subscriber[] = [];

/** The active subscriptions of one organization, as of one version. */
export class SubscribersOfOrganization {
  private readonly byType = new Map<WebhookType, readonly Subscription[]>();
  private readonly newest: number;

  /** In the order in which messages for them are to be made. */
  constructor(
    /** Another one where anything has changed. */
    readonly version: string,
    private readonly subscriptions: readonly Subscription[],
  ) {
    this.newest = subscriptions.reduce(
      (latest, each) => Math.max(latest, each.createdAt),
      -Infinity,
    );
  }

  /**
   * A webhook without type and one with the event's type both match, and both get the event
   * (specification section 6). What was produced more than `toleranceMs` before a webhook was created
   * does not match it. `producedAt`: milliseconds since the epoch.
   */
  of(type: WebhookType, producedAt: number, toleranceMs: number): readonly Subscriber[] {
    const matching = this.matching(type);
    const cutOff = producedAt + toleranceMs;
    if (this.newest <= cutOff || matching.length === 0) return matching;
    const young = matching.filter(({ createdAt }) => createdAt <= cutOff);
    return young.length === 0 ? NOBODY : young;
  }

  private matching(type: WebhookType): readonly Subscription[] {
    let matching = this.byType.get(type);
    if (!matching) {
      matching = this.subscriptions.filter((each) => each.type === null || each.type === type);
      this.byType.set(type, matching);
    }
    return matching;
  }
}
