import { describe, expect, it } from 'vitest';
import { readHttpDate } from './http-date.js';

const NOW = Date.UTC(2026, 10, 26, 1, 2, 3);
const THAT_SUNDAY = Date.UTC(1994, 10, 6, 8, 49, 37);

describe('readHttpDate', () => {
  it.each([
    ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['asctime', 'Sun Nov  6 08:49:37 1994'],
  ])('reads the form of %s', (_form, text) => {
    expect(readHttpDate(text, NOW)).toBe(THAT_SUNDAY);
  });

  it.each(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])(
    'reads %s, without asking whether it was one',
    (day) => {
      expect(readHttpDate(`${day}, 06 Nov 1994 08:49:37 GMT`, NOW)).toBe(THAT_SUNDAY);
      expect(readHttpDate(`${day} Nov  6 08:49:37 1994`, NOW)).toBe(THAT_SUNDAY);
    },
  );

  it.each(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'])(
    'reads %s',
    (day) => {
      expect(readHttpDate(`${day}, 06-Nov-94 08:49:37 GMT`, NOW)).toBe(THAT_SUNDAY);
    },
  );

  it('reads every month as Node writes it', () => {
    for (let month = 0; month < 12; month += 1) {
      const at = Date.UTC(2026, month, 28, 23, 59, 59);

      expect(readHttpDate(new Date(at).toUTCString(), NOW)).toBe(at);
    }
  });

  it('reads a day of two digits in the form of asctime', () => {
    expect(readHttpDate('Wed Nov 16 08:49:37 1994', NOW)).toBe(Date.UTC(1994, 10, 16, 8, 49, 37));
  });

  it('reads a leap day and a leap second', () => {
    expect(readHttpDate('Thu, 29 Feb 2024 00:00:00 GMT', NOW)).toBe(Date.UTC(2024, 1, 29));
    expect(readHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', NOW)).toBe(Date.UTC(2017, 0, 1));
  });

  it('takes years of four digits as they are', () => {
    expect(readHttpDate('Fri, 31 Dec 9999 23:59:59 GMT', NOW)).toBe(
      Date.parse('9999-12-31T23:59:59Z'),
    );
    expect(readHttpDate('Sat, 01 Jan 0094 00:00:00 GMT', NOW)).toBe(
      Date.parse('0094-01-01T00:00:00Z'),
    );
  });

  it.each([
    ['26-Nov-26 01:02:04', NOW, '2026-11-26T01:02:04Z'],
    ['01-Jan-27 00:00:00', NOW, '2027-01-01T00:00:00Z'],
    ['01-Jan-99 00:00:00', NOW, '1999-01-01T00:00:00Z'],
    // Exactly 50 years ahead, and a second more.
    ['26-Nov-76 01:02:03', NOW, '2076-11-26T01:02:03Z'],
    ['26-Nov-76 01:02:04', NOW, '1976-11-26T01:02:04Z'],
    ['01-Jan-00 00:00:00', Date.UTC(2099, 11, 31), '2100-01-01T00:00:00Z'],
    ['31-Dec-99 23:59:59', Date.UTC(2100, 0, 1), '2099-12-31T23:59:59Z'],
    // 2100 has no such day.
    ['29-Feb-00 00:00:00', Date.UTC(2099, 11, 31), '2000-02-29T00:00:00Z'],
    ['01-Jan-70 00:01:00', 0, '1970-01-01T00:01:00Z'],
  ])('finds the century of %s', (date, nowMs, expected) => {
    expect(readHttpDate(`Sunday, ${date} GMT`, nowMs)).toBe(Date.parse(expected));
  });

  it.each([
    '',
    '120',
    'tomorrow',
    '1994-11-06T08:49:37Z',
    '06 Nov 1994 08:49:37 GMT',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 1994 08:49:37 GMT, 120',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Son, 06 Nov 1994 08:49:37 GMT',
    'sun, 06 nov 1994 08:49:37 gmt',
    'Sun, 06 Mai 1994 08:49:37 GMT',
    'Sun, 06  Nov 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 31 Nov 1994 08:49:37 GMT',
    'Sun, 29 Feb 2023 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 06 Nov 1994 8:49:37 GMT',
    'Sun, ٠٦ Nov 1994 08:49:37 GMT',
    'Sun, 06-Nov-94 08:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Sunday, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 31-Nov-94 08:49:37 GMT',
    'Sun Nov 6 08:49:37 1994',
    'Sun Nov 06 08:49:37 94',
    'Sun Nov  6 08:49:37 1994 GMT',
    'Sun, Nov  6 08:49:37 1994',
  ])('reads nothing in %j', (text) => {
    expect(readHttpDate(text, NOW)).toBeNull();
  });
});
