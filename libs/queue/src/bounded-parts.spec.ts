import { describe, expect, it } from 'vitest';
import { partsOf } from './bounded-parts.js';

const parts = (sizes: number[], limits: { items: number; bytes: number }): number[][] =>
  partsOf(sizes, (size) => size, limits);

describe('dividing items into parts', () => {
  it('makes none of nothing, and one of what fits exactly', () => {
    expect(parts([], { items: 2, bytes: 10 })).toEqual([]);
    expect(parts([4, 6], { items: 2, bytes: 10 })).toEqual([[4, 6]]);
  });

  it('keeps the order, and no part exceeds either limit', () => {
    expect(parts([1, 2, 3, 4, 5], { items: 2, bytes: 100 })).toEqual([[1, 2], [3, 4], [5]]);
    expect(parts([4, 6, 1, 9, 1], { items: 9, bytes: 10 })).toEqual([[4, 6], [1, 9], [1]]);
  });

  it('leaves an item alone that is larger than a part may be', () => {
    expect(parts([1, 50, 2, 3], { items: 9, bytes: 10 })).toEqual([[1], [50], [2, 3]]);
    expect(parts([50], { items: 9, bytes: 10 })).toEqual([[50]]);
  });
});
