import { describe, expect, it } from 'vitest';
import { overlap } from './overlap-option.js';

describe('overlap', () => {
  it.each([
    ['0', 0],
    ['0h', 0],
    ['30s', 30_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['30d', 2_592_000_000],
    ['720h', 2_592_000_000],
  ])('takes %s for %i ms', (text, ms) => {
    expect(overlap(text)).toBe(ms);
  });

  it.each([
    '',
    's',
    '30',
    '86400',
    '29s',
    '31d',
    '721h',
    '-1h',
    '1.5h',
    '1h30m',
    '24 h',
    '24H',
    '1w',
  ])('refuses %j', (text) => {
    expect(() => overlap(text)).toThrow('neither 0 nor a duration from 30s to 30d');
  });
});
