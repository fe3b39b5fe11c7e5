import { afterEach, describe, expect, it } from 'vitest';
import { AttemptDeadline } from './attempt-deadline.js';

let deadline: AttemptDeadline;

/** Resolves with the time that passed until the deadline expired. */
function expiring(start: (deadline: AttemptDeadline) => void): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    deadline = new AttemptDeadline(() => resolve(performance.now() - startedAt));
    start(deadline);
  });
}

const after = (milliseconds: number) => performance.now() + milliseconds;

function holdUp(milliseconds: number): void {
  for (const until = after(milliseconds); performance.now() < until;);
}

afterEach(() => deadline.stop());

describe('AttemptDeadline', () => {
  it('expires at its limit', async () => {
    expect(await expiring((one) => one.limit(after(20)))).toBeGreaterThanOrEqual(19);
  });

  it('expires at the later limit that replaced an earlier one', async () => {
    const elapsed = await expiring((one) => {
      one.limit(after(10));
      one.limit(after(60));
    });

    expect(elapsed).toBeGreaterThanOrEqual(59);
  });

  it('expires at the earlier limit that replaced a later one', async () => {
    const elapsed = await expiring((one) => {
      one.limit(after(60_000));
      one.limit(after(10));
    });

    expect(elapsed).toBeLessThan(5000);
  });

  it('goes on when its limit was moved while this process was held up', async () => {
    const elapsed = await expiring((one) => {
      one.limit(after(10));
      // Runs in the same turn as the deadline's own timer, after it.
      setTimeout(() => one.limit(after(60)), 10);
      holdUp(30);
    });

    expect(elapsed).toBeGreaterThanOrEqual(85);
  });

  it('never expires once it was stopped, even if it was due already', async () => {
    let expired = false;
    deadline = new AttemptDeadline(() => {
      expired = true;
    });
    deadline.limit(after(10));
    await new Promise<void>((resolve) => {
      setTimeout(() => {
        deadline.stop();
        setImmediate(resolve);
      }, 10);
      holdUp(30);
    });

    expect(expired).toBe(false);
  });
});
