import { describe, expect, it } from 'vitest';
import { readTraceParent, writeTraceParent } from './trace-parent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const VALID = `00-${TRACE}-${SPAN}-01`;

describe('readTraceParent', () => {
  it('takes a header of version 00 apart, and writing gives it back', () => {
    expect(readTraceParent(VALID)).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags: 1 });
    for (const flags of ['00', '01', '02', '0f', 'ff']) {
      const text = `00-${TRACE}-${SPAN}-${flags}`;
      const read = readTraceParent(text);
      expect(read && writeTraceParent(read)).toBe(text);
    }
  });

  it.each([
    ['nothing', ''],
    ['another version', VALID.replace('00-', '01-')],
    ['the version that is forbidden', VALID.replace('00-', 'ff-')],
    ['more parts', `${VALID}-00`],
    ['fewer parts', VALID.slice(0, -3)],
    ['upper case', VALID.toUpperCase()],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['digits that are not hexadecimal', VALID.replace('4bf', '4bg')],
    ['flags that are not hexadecimal', `00-${TRACE}-${SPAN}-0x`],
    ['a short trace id and a long span id', `00-${TRACE.slice(1)}-0${SPAN}-01`],
    ['white space before', ` ${VALID}`],
    ['white space after', `${VALID} `],
    ['a line break at the end', `${VALID}\n`],
    ['a line break in place of the last digit', `${VALID.slice(0, -1)}\n`],
    ['another header behind a line break', `${VALID}\r\nx-evil: 1`],
    ['a character beyond ASCII', VALID.replace('4', '４')],
    ['NUL', `${VALID.slice(0, -1)}\0`],
  ])('reads no trace in %s', (_what, text) => {
    expect(readTraceParent(text)).toBeUndefined();
  });
});
