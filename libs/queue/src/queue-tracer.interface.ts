import type { DeliveryOutcome } from '@app/delivery';
import type { DeadLetter } from '@app/events';
import type { OwnedEvent } from './ingest-batch.js';
import type { QueueLease } from './queue-lease.js';

/**
 * Where the queue tells what became of a record, for traces; the app provides it. Called for every
 * message, so it has to be cheap; it neither throws nor waits, whatever becomes of its spans.
 */
export interface QueueTracerInterface {
  /** A record becomes `messages` messages; `startedAt` is `performance.now()` when that began. */
  enqueue(event: OwnedEvent, messages: number, startedAt: number): EnqueueSpan;
  /** Told after the commit. */
  deadLettered(letter: DeadLetter, startedAt: number): void;
  /** The head of a leased queue is about to be sent. */
  deliver(lease: QueueLease): DeliverySpan;
}

export interface EnqueueSpan {
  /** Stored with the messages, so that their deliveries find it (W3C Trace Context); null: nothing. */
  readonly traceParent: string | null;
  /** After the commit. A span that is not ended is not told: another try will have one of its own. */
  readonly end: () => void;
}

export interface DeliverySpan {
  /** Headers for the receiver. */
  readonly marks: Readonly<Record<string, string>>;
  /** Without an outcome nothing was sent, and the fault is ours. */
  readonly end: (outcome: DeliveryOutcome | undefined) => void;
}

const NO_ENQUEUE_SPAN: EnqueueSpan = { traceParent: null, end: () => undefined };
const NO_DELIVERY_SPAN: DeliverySpan = { marks: {}, end: () => undefined };

export const NO_TRACES: QueueTracerInterface = {
  enqueue: () => NO_ENQUEUE_SPAN,
  deadLettered: () => undefined,
  deliver: () => NO_DELIVERY_SPAN,
};
