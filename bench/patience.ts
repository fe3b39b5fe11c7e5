import { setTimeout as pause } from 'node:timers/promises';
import { BenchFailedError } from './bench.errors.js';

export interface Patience {
  /** What is waited for, for the error. */
  readonly what: string;
  readonly limitMs: number;
  /** Pause between two looks: what is looked at must not become what is measured. */
  readonly everyMs: number;
  /** Why waiting has become pointless, if it has. */
  readonly hopeless?: () => string | undefined;
}

/** @throws BenchFailedError when the time is over, or when waiting has become pointless. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { what, limitMs, everyMs, hopeless }: Patience,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    const reason = hopeless?.();
    if (reason !== undefined) throw new BenchFailedError(`${what}: ${reason}`);
    if (performance.now() > deadline) {
      throw new BenchFailedError(`${what}: not within ${limitMs / 1_000} s`);
    }
    await pause(everyMs);
  }
}
