import type { QueueStatus } from './queue-status.enum.js';

/** A message of a queue that may be sent, with its subscription as it was when it was read. */
export interface QueueMessage {
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
  /** Not sent but passed over: its subscription was removed, or an operator set it aside. */
  readonly removed: boolean;
  readonly origin: MessageOrigin;
  readonly place: WebhookPlace;
  /** W3C trace context of its record; null where that is not traced. */
  readonly traceParent: string | null;
}

/** Where a message stands among those of its webhook (ADR 36). Positions are decimal strings. */
export interface WebhookPlace {
  /** It goes to another endpoint than that of its webhook, and is no part of what that one gets. */
  readonly elsewhere: boolean;
  /** Position of the message that was delivered to the webhook before this one; `0`: none, null: not known. */
  readonly previous: string | null;
  /** Positions of the webhook between the two, ascending: operators set them aside. The first 1,000. */
  readonly skipped: readonly string[];
}

/** Why a message is in its queue: an event, sent again by an operator, put back, or a developer's test. */
export type MessageOrigin = 'event' | 'replay' | 'requeue' | 'test';

/** The exclusive right to send what one queue holds, from its head on and for a limited time. */
export interface QueueLease {
  readonly queueId: string;
  readonly applicationId: string;
  readonly organizationId: string;
  /** Fencing token, decimal string: an outcome recorded with an older one is refused. */
  readonly token: string;
  readonly status: QueueStatus;
  /** Failed attempts of the head so far. */
  readonly attempts: number;
  readonly head: QueueMessage;
  /** What comes directly behind the head, where it was handed out with it; nothing where `mayRun` is false. */
  readonly behind: readonly QueueMessage[];
  /** May deliveries be recorded together? Not those of a probe, of a paced queue, or of one with messages set aside. */
  readonly mayRun: boolean;
  /** What an operator set for this queue; null is as configured. */
  readonly backoff: { readonly minMs: number | null; readonly maxMs: number | null };
  /**
   * Until when this process may rely on the lease: its monotonic clock (`performance.now()`) from
   * BEFORE the granting statement was sent, plus the lease. The database counts from a later
   * moment, so this side always gives up first.
   */
  readonly deadline: number;
}
