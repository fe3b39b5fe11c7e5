import { describe, expect, it } from 'vitest';
import { CorruptDataError, DecompressedTooLargeError } from './decompression.errors.js';
import { decompressSnappy } from './snappy.js';

const LIMIT = 1_000;

/** "abc", then nine bytes copied from three bytes back, with the one-byte offset. */
const ABC_FOUR_TIMES = Buffer.from([12, 0x08, 0x61, 0x62, 0x63, 0x15, 0x03]);
/** "xy", then four bytes from two back, with the two-byte and with the four-byte offset. */
const XY_FIVE_TIMES = Buffer.from([10, 0x04, 0x78, 0x79, 0x0e, 2, 0, 0x0f, 2, 0, 0, 0]);

function xerial(...blocks: readonly Buffer[]): Buffer {
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const framed = blocks.map((block) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    return Buffer.concat([length, block]);
  });
  return Buffer.concat([header, ...framed]);
}

/** A block of one literal, with its length in the given number of bytes after the tag. */
function literal(text: string, lengthBytes: 0 | 1 | 2): Buffer {
  const size = Buffer.byteLength(text) - 1;
  const tag = lengthBytes === 0 ? [size << 2] : [(59 + lengthBytes) << 2];
  const length = lengthBytes === 0 ? [] : [size & 255, size >> 8].slice(0, lengthBytes);
  const total = size + 1 < 128 ? [size + 1] : [((size + 1) & 127) | 128, (size + 1) >> 7];
  return Buffer.concat([Buffer.from([...total, ...tag, ...length]), Buffer.from(text)]);
}

describe('snappy', () => {
  it('reads literals of every length form', () => {
    for (const [length, bytes] of [
      [5, 0],
      [60, 0],
      [100, 1],
      [300, 2],
    ] as const) {
      const text = 'x'.repeat(length);
      expect(decompressSnappy(literal(text, bytes), LIMIT).toString()).toBe(text);
    }
  });

  it('reads copies with every offset form, also where they overlap themselves', () => {
    expect(decompressSnappy(ABC_FOUR_TIMES, LIMIT).toString()).toBe('abcabcabcabc');
    expect(decompressSnappy(XY_FIVE_TIMES, LIMIT).toString()).toBe('xyxyxyxyxy');
  });

  it('reads an empty block and an empty stream', () => {
    expect(decompressSnappy(Buffer.from([0]), LIMIT)).toHaveLength(0);
    expect(decompressSnappy(xerial(), LIMIT)).toHaveLength(0);
  });

  it('reads the blocks of a xerial stream one after the other', () => {
    const stream = xerial(ABC_FOUR_TIMES, literal('-', 0), XY_FIVE_TIMES);

    expect(decompressSnappy(stream, LIMIT).toString()).toBe('abcabcabcabc-xyxyxyxyxy');
  });

  it('reads concatenated xerial streams', () => {
    const stream = Buffer.concat([xerial(ABC_FOUR_TIMES), xerial(XY_FIVE_TIMES)]);

    expect(decompressSnappy(stream, LIMIT).toString()).toBe('abcabcabcabcxyxyxyxyxy');
  });

  it('stops at the limit, over all blocks together', () => {
    expect(() => decompressSnappy(literal('x'.repeat(300), 2), 299)).toThrow(
      DecompressedTooLargeError,
    );
    expect(() => decompressSnappy(xerial(ABC_FOUR_TIMES, ABC_FOUR_TIMES), 23)).toThrow(
      DecompressedTooLargeError,
    );
    expect(decompressSnappy(xerial(ABC_FOUR_TIMES, ABC_FOUR_TIMES), 24)).toHaveLength(24);
  });

  it.each([
    ['nothing at all', []],
    ['a length without an end', [255, 255, 255, 255, 255, 1]],
    ['a length that such a short block cannot have', [255, 255, 127, 0x00, 0x61]],
    ['a literal that is cut off', [3, 0x08, 0x61]],
    ['a literal beyond the length', [1, 0x08, 0x61, 0x62, 0x63]],
    ['a copy from before the start', [6, 0x04, 0x78, 0x79, 0x01, 0x03]],
    ['a copy from nowhere', [6, 0x04, 0x78, 0x79, 0x01, 0x00]],
    ['a copy beyond the length', [5, 0x04, 0x78, 0x79, 0x01, 0x02]],
    ['a block that ends early', [9, 0x04, 0x78, 0x79]],
    ['a copy without its offset', [6, 0x04, 0x78, 0x79, 0x0e, 2]],
  ])('refuses %s', (_, bytes) => {
    expect(() => decompressSnappy(Buffer.from(bytes), LIMIT)).toThrow(CorruptDataError);
  });

  it('refuses a xerial block that is cut off', () => {
    const stream = xerial(ABC_FOUR_TIMES);

    expect(() => decompressSnappy(stream.subarray(0, -1), LIMIT)).toThrow(CorruptDataError);
    expect(() => decompressSnappy(stream.subarray(0, 18), LIMIT)).toThrow(CorruptDataError);
  });

  it('never copies from the block before', () => {
    const copyOnly = Buffer.from([4, 0x01, 0x04]);

    expect(() => decompressSnappy(xerial(ABC_FOUR_TIMES, copyOnly), LIMIT)).toThrow(
      CorruptDataError,
    );
  });
});
