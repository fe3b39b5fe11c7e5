import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './retry-backoff.js';

const backoff = { minMs: 5_000, maxMs: 900_000 };
const ALMOST_ONE = 1 - Number.EPSILON;

const unasked = (attempt: number, random: number): number =>
  retryDelayMs(backoff, { attempt, retryAfterMs: null }, random);

const asked = (retryAfterMs: number, random = 0): number =>
  retryDelayMs(backoff, { attempt: 1, retryAfterMs }, random);

describe('the delay before the next attempt', () => {
  it('can be as long as twice the minimum at first, and doubles with every failure up to the maximum', () => {
    const longest = [1, 2, 3, 7, 8, 9].map((attempt) => unasked(attempt, ALMOST_ONE));
    expect(longest).toEqual([10_000, 20_000, 40_000, 640_000, 900_000, 900_000]);
  });

  it('can be as short as the minimum after any number of failures', () => {
    expect([1, 5, 100].map((attempt) => unasked(attempt, 0))).toEqual([5_000, 5_000, 5_000]);
  });

  it('is spread evenly between the two', () => {
    expect([0.25, 0.5, 0.75].map((random) => unasked(3, random))).toEqual([13_750, 22_500, 31_250]);
  });

  it('stays finite and at the maximum after any number of attempts', () => {
    expect(unasked(2_147_483_647, ALMOST_ONE)).toBe(900_000);
  });

  it('does not move where minimum and maximum are the same', () => {
    const fixed = { minMs: 200, maxMs: 200 };
    expect(retryDelayMs(fixed, { attempt: 4, retryAfterMs: null }, 0.7)).toBe(200);
  });
});

describe('a delay that the receiver asked for', () => {
  it('is kept, and lengthened by up to a tenth', () => {
    expect([asked(60_000), asked(60_000, ALMOST_ONE)]).toEqual([60_000, 66_000]);
  });

  it('is kept although backing off would take longer by now', () => {
    expect(retryDelayMs(backoff, { attempt: 9, retryAfterMs: 30_000 }, 0)).toBe(30_000);
  });

  it('is never shorter than the minimum', () => {
    expect([asked(0), asked(4_999)]).toEqual([5_000, 5_000]);
  });

  it('is never longer than the maximum, and spread below it', () => {
    expect([asked(900_000, ALMOST_ONE), asked(1e15, ALMOST_ONE)]).toEqual([900_000, 900_000]);
    expect(asked(1e15)).toBe(818_182);
    const fixed = { minMs: 200, maxMs: 200 };
    expect(retryDelayMs(fixed, { attempt: 1, retryAfterMs: 900 }, 0)).toBe(200);
  });
});
