import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, systemClock } from './clock.js';
import { WaitTimeoutError } from './lifecycle.errors.js';
import { LimitReached, withinLimit } from './within-limit.js';

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Doubled after each attempt, up to {@link maxDelayMs}. Default 100. */
  readonly initialDelayMs?: number;
  /** Default 5,000. */
  readonly maxDelayMs?: number;
  /** Ends the wait early with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each attempt that failed, for a line of log. */
  readonly onAttempt?: (attempt: FailedAttempt) => void;
  /** True for an error that time does not heal, such as a wrong password: thrown at once. */
  readonly giveUpOn?: (error: unknown) => boolean;
  readonly clock?: Clock;
}

export interface FailedAttempt {
  /** Counts from 1. */
  readonly attempt: number;
  readonly error: unknown;
  readonly elapsedMs: number;
  readonly nextDelayMs: number;
}

/**
 * Tries until the probe resolves, and returns what it resolved to. A probe that hangs is left
 * behind at the deadline; its signal tells it so.
 * @throws WaitTimeoutError naming what was waited for, how long, and the last cause.
 */
export async function waitUntil<T>(
  description: string,
  probe: (signal: AbortSignal) => Promise<T> | T,
  options: WaitOptions,
): Promise<T> {
  const { timeoutMs, signal, onAttempt, giveUpOn, clock = systemClock } = options;
  const { initialDelayMs = 100, maxDelayMs = 5_000 } = options;
  const started = clock.monotonicMs();
  const elapsed = () => clock.monotonicMs() - started;
  let lastError: unknown;
  for (let attempt = 1; ; attempt++) {
    const remaining = timeoutMs - elapsed();
    if (remaining <= 0) {
      throw new WaitTimeoutError(description, elapsed(), attempt - 1, lastError);
    }
    try {
      return await withinLimit(probe, remaining, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (giveUpOn?.(error)) throw error;
      lastError = error instanceof LimitReached ? (lastError ?? error) : error;
      const backoff = Math.min(initialDelayMs * 2 ** (attempt - 1), maxDelayMs);
      const nextDelayMs = Math.max(0, Math.min(backoff, timeoutMs - elapsed()));
      onAttempt?.({ attempt, error, elapsedMs: elapsed(), nextDelayMs });
      await pause(nextDelayMs, signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    signal?.throwIfAborted();
  }
}
