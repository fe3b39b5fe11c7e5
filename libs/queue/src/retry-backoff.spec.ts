import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './retry-backoff.js';

const backoff = { minMs: 1_000, maxMs: 300_000 };
const ALMOST_ONE = 1 - Number.EPSILON;

describe('the delay before the next attempt', () => {
  it('doubles with every failed attempt, up to the maximum', () => {
    const delays = [1, 2, 3, 4, 9, 10, 11].map((attempt) => retryDelayMs(backoff, attempt, 0));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000]);
  });

  it('stays finite and at the maximum after any number of attempts', () => {
    expect(retryDelayMs(backoff, 2_147_483_647, 0)).toBe(300_000);
  });

  it('is lengthened by up to a tenth, and never shortened', () => {
    expect(retryDelayMs(backoff, 1, 0.5)).toBe(1_050);
    expect(retryDelayMs(backoff, 1, ALMOST_ONE)).toBe(1_100);
    expect(retryDelayMs(backoff, 20, ALMOST_ONE)).toBe(330_000);
  });
});
