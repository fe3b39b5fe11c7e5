import { describe, expect, it } from 'vitest';
import { byteaArray, plainArray } from './array-parameter.js';

describe('a parameter for an array', () => {
  it('of plain values is the text that PostgreSQL reads', () => {
    expect(plainArray([])).toBe('{}');
    expect(plainArray(['9007199254740993', 2, true])).toBe('{9007199254740993,2,true}');
  });

  it('of bytes is in the binary format: dimensions, nulls, type, size, first index, elements', () => {
    const array = byteaArray([Buffer.from('ab'), Buffer.alloc(0)]);
    expect(array.toString('hex')).toBe(
      ['00000001', '00000000', '00000011', '00000002', '00000001'].join('') +
        ['00000002', '6162', '00000000'].join(''),
    );
  });

  it('without elements has no dimensions', () => {
    expect(byteaArray([]).toString('hex')).toBe('000000000000000000000011');
  });
});
