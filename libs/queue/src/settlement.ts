import type { DeliveryOutcome } from '@app/delivery';
import type { QueueLease } from './queue-lease.js';

/** The subscription was removed while the message waited. */
export interface DiscardedOutcome {
  readonly kind: 'discarded';
}

/** An outcome to be recorded for the head of a leased queue. */
export interface Settlement {
  readonly lease: QueueLease;
  readonly outcome: DeliveryOutcome | DiscardedOutcome;
  /** `performance.now()` when the attempt began. */
  readonly startedAt: number;
  /** Keep the lease and go on with the next message, where there is one. */
  readonly keep: boolean;
  /** Milliseconds until the next attempt, where this one failed. */
  readonly retryInMs: number;
}

/** What became of the queue. */
export type Settled =
  /** Recorded. `next` is the renewed lease with the new head; without it the lease was given back. */
  | {
      readonly kind: 'settled';
      readonly next: QueueLease | undefined;
      /** There are messages behind the settled one. */
      readonly more: boolean;
      /** Not before this (database time); undefined: at once. */
      readonly dueAt: Date | undefined;
      /** Milliseconds from the record of the outcome to `dueAt`. */
      readonly dueInMs: number;
      readonly blocked: boolean;
      /** Is the head of a blocked queue tried again by itself? */
      readonly probes: boolean;
      readonly lastTriedAt: Date | undefined;
    }
  /** Refused: the lease was lost to somebody else. The outcome does not count. */
  | { readonly kind: 'fenced' };
