import { describe, expect, it } from 'vitest';
import { percentile } from './percentile.js';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('takes values in any order', () => {
    expect(percentile(hundred, 0.5)).toBe(51);
    expect(percentile(hundred, 0.99)).toBe(100);
  });

  it('knows the largest', () => {
    expect(percentile(hundred, 1)).toBe(100);
  });

  it('has nothing to say about no values', () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});
