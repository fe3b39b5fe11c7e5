import { cursorOf } from '@app/queue';
import { describe, expect, it } from 'vitest';
import { requestedPage } from './page-arguments.js';

describe('a page that is asked for', () => {
  it('has twenty entries from the first on, unless more is said', () => {
    for (const left of [{}, { first: null, after: null }]) {
      expect(requestedPage(left)).toEqual({ first: 20, after: undefined });
    }
    const position = { seq: '7', attempt: '2', startedAtUs: '1767225600123456' };
    expect(requestedPage({ first: 100, after: cursorOf(position) })).toEqual({
      first: 100,
      after: position,
    });
  });

  it.each([
    [{ first: 0 }, 'first: It must be 1 to 100'],
    [{ first: -1 }, 'first: It must be 1 to 100'],
    [{ first: 101 }, 'first: It must be 1 to 100'],
    [{ after: '' }, 'after: It is no cursor of an answer'],
    [{ first: 0, after: 'x' }, 'first: It must be 1 to 100; after: It is no cursor of an answer'],
  ])('is refused for %j', (page, message) => {
    expect(() => requestedPage(page)).toThrow(message);
  });
});
