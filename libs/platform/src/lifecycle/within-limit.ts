/** The time ran out before the work was done. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached';

  constructor(limitMs: number) {
    super(`no answer within ${Math.round(limitMs)} ms`);
  }
}

/**
 * Runs the work for at most `limitMs`. Work that is late cannot be killed: its signal tells it to
 * stop, and it is not waited for.
 * @throws LimitReached when the time is over, or the reason of `outer` when that is aborted.
 */
export async function withinLimit<T>(
  work: (signal: AbortSignal) => Promise<T> | T,
  limitMs: number,
  outer?: AbortSignal,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), {
      once: true,
    });
  });
  const timer = setTimeout(() => controller.abort(new LimitReached(limitMs)), limitMs);
  const onAbort = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(controller.signal), stopped]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', onAbort);
  }
}
