import { setTimeout as pause } from 'node:timers/promises';
import { BrokenPromiseError, WaitExpiredError } from './demo.errors.js';
import type { Output } from './output.js';

export interface Waited {
  /** For people: "the 57 deliveries". */
  readonly what: string;
  readonly limitMs: number;
  /** How far it is; shown while waiting, and when the wait expires. */
  readonly seen: () => string;
}

export interface PatienceOptions {
  readonly output: Output;
  /** Aborted with the reason, as an Error, when there is nothing left to wait for. */
  readonly signal: AbortSignal;
  /** A broken promise that was found in the meantime. */
  readonly finding: () => string | undefined;
}

const LOOK_EVERY_MS = 20;
const FIRST_NEWS_MS = 3_000;

/** Waits for conditions, each with a limit, and shows that it is waiting. */
export class Patience {
  constructor(private readonly options: PatienceOptions) {}

  /**
   * Resolves with the first value of `condition` that is not undefined.
   *
   * @throws WaitExpiredError · BrokenPromiseError · what the signal was aborted with.
   */
  async until<T>(
    condition: () => T | undefined | Promise<T | undefined>,
    wait: Waited,
  ): Promise<T> {
    const { output, signal, finding } = this.options;
    const begun = performance.now();
    let nextNews = FIRST_NEWS_MS;
    for (;;) {
      signal.throwIfAborted();
      const value = await condition();
      if (value !== undefined) return value;
      const broken = finding();
      if (broken !== undefined) throw new BrokenPromiseError(broken);
      const waited = performance.now() - begun;
      if (waited > wait.limitMs) throw new WaitExpiredError(wait.what, wait.limitMs, wait.seen());
      if (waited > nextNews) {
        const seconds = `${Math.round(waited / 1_000)} s of at most ${wait.limitMs / 1_000} s`;
        output.note(output.paint('dim', `… waiting for ${wait.what} (${seconds}): ${wait.seen()}`));
        nextNews += FIRST_NEWS_MS;
      }
      await pause(LOOK_EVERY_MS);
    }
  }
}
