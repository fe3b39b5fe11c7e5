import { describe, expect, it } from 'vitest';
import { dateTime } from './scalars.js';

describe('DateTime', () => {
  it.each(['0001-01-01T00:00:00Z', '2026-01-31T12:00:00.123456789+14:00', '9999-12-31T23:59Z'])(
    'takes %s',
    (text) => {
      expect(dateTime.parseValue(text)).toEqual(new Date(text));
    },
  );

  it.each([
    'May',
    '2026-01-31',
    '2026-13-01T00:00:00Z',
    // Years that the database does not take in the form that JavaScript gives them: they failed there.
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
  ])('refuses %s', (text) => {
    expect(() => dateTime.parseValue(text)).toThrow('the value must be a time');
  });
});
