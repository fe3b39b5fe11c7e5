/** Recovery of a blocked queue; milliseconds. */
export interface RetryBackoff {
  readonly minMs: number;
  readonly maxMs: number;
}

export interface FailedAttempt {
  /** How many attempts of the message have failed, this one included. */
  readonly attempt: number;
  /** What the receiver asked for by `Retry-After`, milliseconds; null where it did not. */
  readonly retryAfterMs: number | null;
}

/** Added to what receivers ask for at most: one that names a time names it to many queues. */
const RETRY_AFTER_JITTER = 0.1;

/**
 * How long to wait after a failed attempt. What the receiver asked for, but never less than the minimum
 * nor more than the maximum, which leaves room for the tenth that is added; else exponential with full jitter: anything between the minimum and
 * 2·min, 4·min, 8·min … max, so that queues blocked by one outage do not probe together.
 * `random` is in [0, 1).
 */
export function retryDelayMs(
  { minMs, maxMs }: RetryBackoff,
  { attempt, retryAfterMs }: FailedAttempt,
  random: number,
): number {
  if (retryAfterMs !== null) {
    const asked = Math.min(Math.max(minMs, retryAfterMs), maxMs / (1 + RETRY_AFTER_JITTER));
    return Math.round(Math.max(minMs, asked * (1 + RETRY_AFTER_JITTER * random)));
  }
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 40));
  return Math.round(minMs + (ceiling - minMs) * random);
}
