import { describe, expect, it } from 'vitest';
import { trendsOf, trendText, type ResourceName } from './resource-watch.js';

const trend = (name: ResourceName, values: readonly number[]) =>
  trendsOf(new Map([[name, values]]))[0];

/** Fifty samples from one value to another. */
const ramp = (from: number, to: number): number[] =>
  Array.from({ length: 50 }, (_, index) => from + ((to - from) * index) / 49);

describe('what a run takes of the machine', () => {
  it('is flat where it comes and goes', () => {
    const values = ramp(100, 100).map((value, index) => value + (index % 10) * 3);
    expect(trend('memory', values)).toMatchObject({ most: 127, isFlat: true });
  });

  it('is not flat where it grows by more than it may', () => {
    const grown = trend('memory', ramp(100, 400));
    expect(grown?.isFlat).toBe(false);
    expect(grown && trendText(grown)).toBe(
      'resident memory of a replica: 192 MB at first, 376 MB at the end, 400 MB at most: NOT FLAT',
    );
  });

  it('may grow a little, however little there was', () => {
    expect(trend('connections', ramp(1, 9))?.isFlat).toBe(true);
    expect(trend('files', ramp(20, 200))?.isFlat).toBe(false);
  });

  it('is not judged by a few samples', () => {
    expect(trend('memory', ramp(1, 1_000).slice(0, 29))).toBeUndefined();
  });
});
