import { describe, expect, it } from 'vitest';
import { customHeader } from './custom-header-option.js';

describe('customHeader', () => {
  it('splits at the first colon and keeps the white space inside the value', () => {
    expect(customHeader('X-A: b:  c\t')).toEqual({ 'X-A': 'b:  c' });
    expect(customHeader('X-A:b')).toEqual({ 'X-A': 'b' });
    expect(customHeader('X-A:')).toEqual({ 'X-A': '' });
  });

  it('adds to those given before, whatever they are called', () => {
    const headers = ['X-A: 1', '__proto__: 2', 'constructor: 3'].reduce<
      Readonly<Record<string, string>> | undefined
    >((earlier, text) => customHeader(text, earlier), undefined);
    expect(Object.entries(headers ?? {})).toEqual([
      ['X-A', '1'],
      ['__proto__', '2'],
      ['constructor', '3'],
    ]);
  });

  it('refuses what has no name, and a name that came before', () => {
    for (const text of ['', 'X-A', ': v', 'X A: v', 'X-A : v']) {
      expect(() => customHeader(text)).toThrow("'Name: value'");
    }
    expect(() => customHeader('X-A: 2', { 'X-A': '1' })).toThrow('X-A is given twice');
  });
});
