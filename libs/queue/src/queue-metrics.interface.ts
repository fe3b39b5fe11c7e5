import type { FailureCode } from '@app/delivery';
import type { DeadLetterReason } from '@app/events';

/** How a message left the head of its queue, or why it did not. */
export type OutcomeCode = 'delivered' | 'discarded' | FailureCode;

/** Why a leased queue was not worked off: both mean a pause or a database that is too slow. */
export type LeaseLoss = 'fenced' | 'too_short';

/** A transaction of records. */
export interface EnqueuedBatch {
  readonly records: number;
  readonly messages: number;
  /** Messages that were stored before: their records were delivered again. */
  readonly duplicates: number;
  readonly deadLetters: Readonly<Partial<Record<DeadLetterReason, number>>>;
  readonly durationMs: number;
}

/** Where the queue counts; the app provides it. Called for every delivery, so it has to be cheap. */
export interface QueueMetricsInterface {
  /** After the commit. */
  enqueued(batch: EnqueuedBatch): void;
  /**
   * The outcome is recorded. `attemptMs` is undefined where nothing was sent; `settleMs` is what the
   * delivery took besides the attempt.
   */
  settled(outcome: OutcomeCode, attemptMs: number | undefined, settleMs: number): void;
  leaseLost(how: LeaseLoss): void;
}
