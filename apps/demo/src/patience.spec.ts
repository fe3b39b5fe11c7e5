import { describe, expect, it } from 'vitest';
import { BrokenPromiseError, LostError, WaitExpiredError } from './demo.errors.js';
import { Output } from './output.js';
import { Patience } from './patience.js';

const output = new Output({ write: () => true }, {});
const never = new AbortController().signal;

function patience(more: { signal?: AbortSignal; finding?: string } = {}): Patience {
  return new Patience({ output, signal: more.signal ?? never, finding: () => more.finding });
}

/** Far more than a busy machine needs: where the limit counts, a test names a short one. */
const wait = { what: 'the end', limitMs: 60_000, seen: () => '3 of 4' };
const nothing = (): undefined => undefined;

describe('patience', () => {
  it('gives what was waited for as soon as it is there', async () => {
    let looks = 0;
    expect(await patience().until(() => (++looks === 3 ? 'there' : undefined), wait)).toBe('there');
    expect(looks).toBe(3);
  });

  it('ends at the limit and says what was there', async () => {
    const waiting = patience().until(nothing, { ...wait, limitMs: 60 });
    await expect(waiting).rejects.toThrow(WaitExpiredError);
    await expect(waiting).rejects.toThrow(/the end.*3 of 4/);
  });

  it('ends at once when a promise was broken', async () => {
    const waiting = patience({ finding: 'twice' }).until(nothing, wait);
    await expect(waiting).rejects.toThrow(BrokenPromiseError);
  });

  it('ends at once, with the reason, when there is nothing left to wait for', async () => {
    const signal = AbortSignal.abort(new LostError('the service ended'));
    await expect(patience({ signal }).until(() => true, wait)).rejects.toThrow('the service ended');
  });
});
