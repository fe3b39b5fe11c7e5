/** Recovery of a blocked queue; milliseconds. */
export interface RetryBackoff {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Up to a tenth is added, so that queues blocked by one outage do not all probe in the same instant. */
const JITTER = 0.1;

/**
 * How long to wait after the n-th failed attempt in a row (from 1): min, 2·min, 4·min … max.
 * `random` is in [0, 1).
 */
export function retryDelayMs(backoff: RetryBackoff, attempt: number, random: number): number {
  const exponential = backoff.minMs * 2 ** Math.min(attempt - 1, 40);
  const delay = Math.min(exponential, backoff.maxMs);
  return Math.round(delay * (1 + JITTER * random));
}
