import { describe, expect, it } from 'vitest';
import { milliseconds, seconds } from './duration-option.js';

describe('a duration', () => {
  it.each([
    ['1s', 1_000],
    ['1m', 60_000],
    ['12h', 43_200_000],
    ['90d', 7_776_000_000],
    ['3650d', 315_360_000_000],
  ])('is read: %s', (text, ms) => {
    expect(milliseconds(text)).toBe(ms);
    expect(seconds(text)).toBe(ms / 1_000);
  });

  it.each(['', '0d', '90', 'd', '-1d', '1.5h', '3651d', '99999999d', '1d '])(
    'is none: %j',
    (text) => expect(() => milliseconds(text)).toThrow('no duration from 1s to 3650d'),
  );
});
