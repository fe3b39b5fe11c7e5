import { describe, expect, it } from 'vitest';
import { cursorOf, positionOf } from './attempt-cursor.js';

const position = { seq: '9007199254740993', attempt: '12', startedAtUs: '1767225600123456' };

describe('a cursor', () => {
  it('comes back as the position that it was made of, to the microsecond', () => {
    expect(positionOf(cursorOf(position))).toEqual(position);
  });

  it.each([
    ['nothing', ''],
    ['plain text', '1.2.3'],
    ['another alphabet', Buffer.from('1.2.3???').toString('base64')],
    ['a cursor and more', `${cursorOf(position)}=`],
    ['a negative number', Buffer.from('-1.2.3').toString('base64url')],
    ['a number that no bigint holds', Buffer.from(`${'9'.repeat(19)}.1.1`).toString('base64url')],
    ['a number that no integer holds', Buffer.from('1.9999999999.1').toString('base64url')],
    ['a part too few', Buffer.from('1.2').toString('base64url')],
    ['a line too many', Buffer.from('1.2.3\n').toString('base64url')],
    ['what is no text', Buffer.from([0xff, 0xfe]).toString('base64url')],
  ])('is not made of %s', (_, text) => {
    expect(positionOf(text)).toBeUndefined();
  });
});
