import { type Clock, systemClock } from '@app/platform';
import type { RateLimitState } from './api-rate-limits.store.js';

/** Refusals that are remembered at once; the oldest make room. */
const MOST = 10_000;

/**
 * Who is refused until a window ends, so that a caller gone wild is answered from memory. What is
 * forgotten too early is counted again, and refused again.
 */
export class Refusals {
  private readonly ends = new Map<string, { readonly limit: number; readonly atMs: number }>();

  constructor(private readonly clock: Clock = systemClock) {}

  remember(key: string, { limit, resetInMs }: RateLimitState): void {
    const [oldest] = this.ends.keys();
    if (oldest !== undefined && this.ends.size >= MOST) this.ends.delete(oldest);
    this.ends.set(key, { limit, atMs: this.clock.monotonicMs() + resetInMs });
  }

  find(key: string): RateLimitState | undefined {
    const end = this.ends.get(key);
    if (!end) return undefined;
    const resetInMs = end.atMs - this.clock.monotonicMs();
    if (resetInMs > 0) return { limit: end.limit, remaining: 0, resetInMs, exceeded: true };
    this.ends.delete(key);
    return undefined;
  }
}
