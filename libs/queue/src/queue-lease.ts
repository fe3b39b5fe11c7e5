import type { QueueStatus } from './queue-status.enum.js';

/** The message at the head of a queue, with the subscription as it is now. */
export interface QueueHead {
  /** Position in the queue, decimal string (64-bit). */
  readonly seq: string;
  readonly messageId: string;
  readonly webhookId: string;
  readonly type: string;
  readonly enqueuedAt: Date;
  /** The event's bytes as Kafka had them. */
  readonly body: Buffer;
  readonly endPoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The subscription was removed: the message is discarded instead of sent. */
  readonly removed: boolean;
}

/** The exclusive right to send the head of one queue, for a limited time. */
export interface QueueLease {
  readonly queueId: string;
  readonly applicationId: string;
  readonly organizationId: string;
  /** Fencing token, decimal string: an outcome recorded with an older one is refused. */
  readonly token: string;
  readonly status: QueueStatus;
  /** Failed attempts of the head so far. */
  readonly attempts: number;
  readonly head: QueueHead;
  /**
   * Until when this process may rely on the lease: its monotonic clock (`performance.now()`) from
   * BEFORE the granting statement was sent, plus the lease. The database counts from a later
   * moment, so this side always gives up first.
   */
  readonly deadline: number;
}
