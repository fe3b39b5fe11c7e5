import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.js';

const NOW = Date.UTC(2026, 10, 26, 1, 2, 3);
const TEN_YEARS_MS = 315_360_000_000;

const after = (seconds: number, from = NOW): string =>
  new Date(from + seconds * 1000).toUTCString();

const asked = (value: string | string[], date?: string | string[]): number | null =>
  retryAfterMs({ 'retry-after': value, date }, NOW);

describe('retryAfterMs', () => {
  it('is null where nothing is asked for', () => {
    expect(retryAfterMs({}, NOW)).toBeNull();
    expect(retryAfterMs({ date: after(0), 'x-retry-after': '1' }, NOW)).toBeNull();
    expect(asked([])).toBeNull();
  });

  it.each([
    ['0', 0],
    ['1', 1000],
    ['120', 120_000],
    ['007', 7000],
    [' 120\t', 120_000],
    ['315360000', TEN_YEARS_MS],
    ['315360001', TEN_YEARS_MS],
    ['9007199254740993', TEN_YEARS_MS],
    ['9'.repeat(400), TEN_YEARS_MS],
  ])('takes %s for seconds', (value, expected) => {
    expect(asked(value)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '-1',
    '-0',
    '+1',
    '1.5',
    '1e3',
    '0x10',
    '1 0',
    '120s',
    '120;',
    '120, 60',
    '١٢٠',
    'Infinity',
    'NaN',
    'null',
    'tomorrow',
    '2026-11-26T01:02:33Z',
    'Thu, 31 Nov 2026 01:02:33 GMT',
  ])('is null for %j', (value) => {
    expect(asked(value)).toBeNull();
  });

  it.each([
    'Thu, 26 Nov 2026 01:02:33 GMT',
    'Thursday, 26-Nov-26 01:02:33 GMT',
    'Thu Nov 26 01:02:33 2026',
  ])('counts to a date from our clock where the answer has none: %s', (value) => {
    expect(asked(value)).toBe(30_000);
  });

  it.each([
    ['behind', -7200],
    ['behind by 30 years', -30 * 365 * 86_400],
    ['ahead', 7200],
  ])('counts to a date from a clock that is %s', (_how, skew) => {
    const theirs = NOW + skew * 1000;

    expect(asked(after(30, theirs), after(0, theirs))).toBe(30_000);
    expect(asked(after(-30, theirs), after(0, theirs))).toBe(0);
  });

  it('looks for the century of a date where the answer has its clock', () => {
    const date = 'Thu, 01 Jan 1970 00:00:00 GMT';

    expect(asked('Thursday, 01-Jan-70 00:01:00 GMT', date)).toBe(60_000);
  });

  it('takes seconds as they are, whatever the clock says', () => {
    expect(asked('30', after(-7200))).toBe(30_000);
  });

  it.each(['', 'yesterday', '2026-11-26T01:02:03Z', '0'])(
    'counts from our clock where that of the answer is %j',
    (date) => {
      expect(asked(after(30), date)).toBe(30_000);
    },
  );

  it('counts from the first clock that can be read', () => {
    expect(asked(after(30), ['now', after(10), after(20)])).toBe(20_000);
  });

  it('is 0 for a date that is over', () => {
    expect(asked(after(-1))).toBe(0);
    expect(asked('Sat, 01 Jan 0000 00:00:00 GMT')).toBe(0);
  });

  it('is at most ten years', () => {
    expect(asked('Fri, 31 Dec 9999 23:59:59 GMT')).toBe(TEN_YEARS_MS);
    expect(asked(after(30), 'Sat, 01 Jan 0000 00:00:00 GMT')).toBe(TEN_YEARS_MS);
  });

  it('takes the first of several that can be read', () => {
    expect(asked(['30', '60'])).toBe(30_000);
    expect(asked(['soon', '', after(45), '60'])).toBe(45_000);
    expect(asked(['0', '60'])).toBe(0);
    expect(asked(['soon', 'later'])).toBeNull();
  });
});
