import { describe, expect, it } from 'vitest';
import type { WebhookPlace } from './queue-lease.js';
import { marksOf } from './request-marks.js';

const marks = (place: Partial<WebhookPlace>, origin: 'event' | 'test' = 'event') =>
  marksOf({
    seq: '500',
    origin,
    place: { elsewhere: false, previous: '1', skipped: [], ...place },
  });

const everySecond = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(2 + 2 * index));

describe('what a request says of its place', () => {
  it('is its position, and that of the message before it to the same webhook', () => {
    expect(marks({})).toEqual({
      'x-happycolis-sequence': '500',
      'x-happycolis-previous-sequence': '1',
    });
  });

  it('is its position alone where the one before is not known, or it goes elsewhere', () => {
    const alone = { 'x-happycolis-sequence': '500' };
    expect(marks({ previous: null, skipped: ['3'] })).toEqual(alone);
    expect(marks({ elsewhere: true })).toEqual(alone);
  });

  it('has a mark of its own for a test', () => {
    expect(marks({}, 'test')).toMatchObject({ 'x-happycolis-test': 'true' });
  });

  it.each([
    [['4'], '4'],
    [['4', '6', '7', '8', '9', '11'], '4, 6-9, 11'],
    [['9007199254740993', '9007199254740994'], '9007199254740993-9007199254740994'],
  ])('names skipped positions: %j', (skipped, text) => {
    expect(marks({ skipped })).toMatchObject({ 'x-happycolis-skipped-sequences': text });
  });

  it('says that there are more than 64 ranges, or more than the database tells of', () => {
    const skippedOf = (skipped: string[]): string =>
      marks({ skipped })['x-happycolis-skipped-sequences'] ?? '';
    expect(skippedOf(everySecond(64)).split(', ')).toHaveLength(64);
    const tooMany = skippedOf(everySecond(65)).split(', ');
    expect(tooMany).toHaveLength(65);
    expect(tooMany.at(-1)).toBe('...');
    const told = Array.from({ length: 1_000 }, (_, index) => String(index + 2));
    expect(skippedOf(told)).toBe('2-1001, ...');
  });
});
