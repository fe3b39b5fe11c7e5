import { describe, expect, it } from 'vitest';
import { lifetime } from './lifetime-option.js';

describe('lifetime', () => {
  it.each([
    ['1m', 60_000],
    ['12h', 43_200_000],
    ['90d', 7_776_000_000],
    ['3650d', 315_360_000_000],
  ])('reads %s', (text, ms) => expect(lifetime(text)).toBe(ms));

  it.each(['', '0d', '90', 'd', '-1d', '1.5h', '30s', '3651d', '99999999d', '1d '])(
    'refuses %j',
    (text) => expect(() => lifetime(text)).toThrow('no duration from 1m to 3650d'),
  );
});
