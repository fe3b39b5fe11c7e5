import { describe, expect, it } from 'vitest';
import { WaitTimeoutError } from './lifecycle.errors.js';
import { type FailedAttempt, waitUntil } from './wait-until.js';

/** A probe that fails so often, then gives its number of calls. */
function failing(times: number): () => Promise<number> {
  let calls = 0;
  return async () => {
    calls++;
    if (calls <= times) throw new Error(`refused ${calls}`);
    return calls;
  };
}

const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('waitUntil', () => {
  it('gives what the probe gives, after as many attempts as it takes', async () => {
    const seen: FailedAttempt[] = [];
    const value = await waitUntil('the broker', failing(3), {
      timeoutMs: 5_000,
      initialDelayMs: 1,
      maxDelayMs: 3,
      onAttempt: (attempt) => seen.push(attempt),
    });
    expect(value).toBe(4);
    expect(seen.map(({ attempt, nextDelayMs }) => [attempt, nextDelayMs])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('says what was waited for, how long, and the last cause', async () => {
    const options = { timeoutMs: 30, initialDelayMs: 5, maxDelayMs: 5 };
    const error = await caught(waitUntil('PostgreSQL at db:5432', failing(Infinity), options));
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^PostgreSQL at db:5432: not there after \d\.\d s and \d+ attempts?; last cause: refused \d+$/,
      ),
      cause: expect.any(Error),
    });
  });

  it('leaves a probe that hangs at the deadline and tells it by its signal', async () => {
    let told = false;
    const hanging = (signal: AbortSignal) =>
      new Promise<never>(() => signal.addEventListener('abort', () => (told = true)));
    const error = await caught(waitUntil('the broker', hanging, { timeoutMs: 20 }));
    expect(error).toMatchObject({ message: expect.stringContaining('no answer within') });
    expect(told).toBe(true);
  });

  it('keeps the cause of an attempt that failed when the next one hangs', async () => {
    let calls = 0;
    const probe = () =>
      calls++ === 0 ? Promise.reject(new Error('wrong port')) : new Promise<never>(() => {});
    const options = { timeoutMs: 30, initialDelayMs: 1 };
    const error = await caught(waitUntil('the broker', probe, options));
    expect(error).toMatchObject({ message: expect.stringMatching(/last cause: wrong port$/) });
  });

  it('does not go on after an error that time does not heal', async () => {
    const options = { timeoutMs: 5_000, giveUpOn: () => true };
    await expect(waitUntil('the database', failing(1), options)).rejects.toThrow('refused 1');
  });

  it('ends with the reason of its signal, while probing and while pausing', async () => {
    const reason = new Error('SIGTERM');
    const whileProbing = new AbortController();
    const hanging = new Promise<never>(() => {});
    const probing = waitUntil('x', () => hanging, {
      timeoutMs: 60_000,
      signal: whileProbing.signal,
    });
    whileProbing.abort(reason);
    expect(await caught(probing)).toBe(reason);

    const whilePausing = new AbortController();
    const pausing = waitUntil('x', failing(Infinity), {
      timeoutMs: 60_000,
      initialDelayMs: 60_000,
      maxDelayMs: 60_000,
      signal: whilePausing.signal,
      onAttempt: () => void setImmediate(() => whilePausing.abort(reason)),
    });
    expect(await caught(pausing)).toBe(reason);
  });
});
