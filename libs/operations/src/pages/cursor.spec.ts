import { describe, expect, it } from 'vitest';
import { ATTEMPTS, cursorOf, DEAD_LETTERS, keyOf, LAST_MESSAGES, NEXT_MESSAGES } from './cursor.js';

const raw = (text: string): string => Buffer.from(text).toString('base64url');

describe('a cursor', () => {
  it('leads back to what it was made of', () => {
    expect(keyOf(NEXT_MESSAGES, cursorOf(NEXT_MESSAGES, '17'))).toBe('17');
    expect(keyOf(ATTEMPTS, cursorOf(ATTEMPTS, '3 1767225600000000'))).toBe('3 1767225600000000');
  });

  it('counts in its own list alone, also where another has the same keys', () => {
    const cursor = cursorOf(NEXT_MESSAGES, '17');
    for (const list of [LAST_MESSAGES, DEAD_LETTERS, ATTEMPTS]) {
      expect(() => keyOf(list, cursor)).toThrow('it is no cursor of this list');
    }
  });

  it.each([
    '',
    'x',
    raw('next'),
    raw('next '),
    raw('next -1'),
    raw('next 1; x'),
    raw('next 1\n'),
    '%',
  ])('is none: %j', (text) =>
    expect(() => keyOf(NEXT_MESSAGES, text)).toThrow('it is no cursor of this list'),
  );

  it.each(['9'.repeat(19), '1.5', '0x1'])(
    'has no key that the database would not read: %s',
    (key) => {
      expect(() => keyOf(NEXT_MESSAGES, cursorOf(NEXT_MESSAGES, key))).toThrow('no cursor');
    },
  );
});
