import { setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 20;

export interface WaitForOptions {
  /** 20,000 when not given. */
  readonly timeoutMs?: number;
  /** What was there in place of what was awaited; ends up in the error. */
  readonly describe?: (() => unknown) | undefined;
}

/**
 * Looks every 20 ms until the condition gives something other than `false`, `null` or `undefined`,
 * and returns that. The only way of waiting in tests: for a fact, never for a time.
 *
 * @throws Error after `timeoutMs`, with what `describe` says; whatever the condition throws, at once.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 20_000, describe }: WaitForOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await condition();
    if (isThere(found)) return found;
    if (performance.now() > deadline) {
      const seen = describe ? `: ${JSON.stringify(await describe())}` : '';
      throw new Error(`Not met within ${timeoutMs} ms${seen} (${condition.toString()})`);
    }
    await pause(STEP_MS);
  }
}

function isThere<T>(found: T): found is Exclude<T, false | null | undefined> {
  return found !== false && found !== null && found !== undefined;
}
