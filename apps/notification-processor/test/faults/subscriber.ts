import {
  receivedEvents,
  type Deployment,
  type PublishedRecord,
  type ReceivedEvent,
  type TestReceiver,
} from '@app/testing';

export interface QueueRow {
  readonly status: string;
  readonly headSeq: number;
  readonly tailSeq: number;
  readonly leaseToken: number;
  /** Nobody holds the lease: it was given back or never taken. */
  readonly free: boolean;
  readonly attempts: number;
}

/** An organization with one integration that subscribes to everything, at a path of its own. */
export class Subscriber {
  private constructor(
    private readonly deployment: Deployment,
    private readonly receiver: TestReceiver,
    readonly organizationId: string,
    readonly integrationId: string,
  ) {}

  static async create(deployment: Deployment, receiver: TestReceiver): Promise<Subscriber> {
    const { organizationId, integrationId } = await deployment.integration();
    const subscriber = new Subscriber(deployment, receiver, organizationId, integrationId);
    await deployment.webhook({ integrationId, endPoint: receiver.url(subscriber.path) });
    return subscriber;
  }

  get path(): string {
    return `/${this.integrationId}`;
  }

  /** Records that carry the numbers, keyed by the organization: one partition, hence in order. */
  records(...numbers: readonly number[]): PublishedRecord[] {
    const { organizationId } = this;
    return numbers.map((n) => ({
      topic: 'order.created',
      key: organizationId,
      value: JSON.stringify({ organizationId, n }),
    }));
  }

  publish(...numbers: readonly number[]): Promise<void> {
    return this.deployment.publish(...this.records(...numbers));
  }

  get events(): ReceivedEvent[] {
    return receivedEvents(this.receiver, this.path);
  }

  /** The numbers of the records, in the order of the requests, repeated ones included. */
  get numbers(): number[] {
    return this.events.map(({ body }) => (JSON.parse(String(body)) as { n: number }).n);
  }

  /** Numbers without those that came a second time with the `messageId` of the first. */
  get firstDeliveries(): number[] {
    const seen = new Set<string>();
    const { numbers } = this;
    return this.events.flatMap(({ messageId }, index) => {
      const isNew = !seen.has(messageId);
      seen.add(messageId);
      return isNew ? (numbers[index] ?? []) : [];
    });
  }

  /** Resolves when so many requests have arrived. */
  async received(count: number, timeoutMs = 30_000): Promise<void> {
    await this.receiver.waitForCount(count, { path: this.path, timeoutMs });
  }

  /** Everything is delivered and on record, and the lease is given back. */
  async isIdle(): Promise<boolean> {
    const { headSeq, tailSeq, free, status } = await this.queue();
    return headSeq > tailSeq && free && status === 'HEALTHY';
  }

  queue(): Promise<QueueRow> {
    return this.deployment.database.one<QueueRow & Record<string, unknown>>(
      `SELECT status, head_seq::integer AS "headSeq", tail_seq::integer AS "tailSeq",
              lease_token::integer AS "leaseToken", lease_until = '-infinity' AS free, attempts
       FROM integration_queue WHERE queue_id = $1`,
      [this.integrationId],
    );
  }

  /** Outcomes on record, as `seq.attempt outcome`, in that order. */
  async attempts(): Promise<string[]> {
    const rows = await this.deployment.database.query<{ line: string }>(
      `SELECT seq || '.' || attempt || ' ' || outcome AS line FROM delivery_attempt
       WHERE queue_id = $1 ORDER BY seq, attempt`,
      [this.integrationId],
    );
    return rows.map(({ line }) => line);
  }
}
