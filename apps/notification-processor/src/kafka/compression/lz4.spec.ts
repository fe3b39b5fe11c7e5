import { describe, expect, it } from 'vitest';
import { CorruptDataError, DecompressedTooLargeError } from './decompression.errors.js';
import { decompressLz4 } from './lz4.js';

const LIMIT = 200_000;

/** "abc", nine bytes from three back, then "tail!" as the last literals. */
const BLOCK = Buffer.from([0x35, 0x61, 0x62, 0x63, 3, 0, 0x50, ...Buffer.from('tail!')]);
const TEXT = 'abcabcabcabctail!';

interface FrameParts {
  /** Version 1 and independent blocks if absent. */
  readonly flags?: number;
  readonly afterDescriptor?: readonly number[];
  readonly afterBlock?: readonly number[];
  readonly end?: readonly number[];
}

function frame(blocks: readonly Buffer[], parts: FrameParts = {}): Buffer {
  const { flags = 0x60, afterDescriptor = [], afterBlock = [], end = [0, 0, 0, 0] } = parts;
  // The byte after the content size is the header checksum, which nobody checks here.
  const header = [0x04, 0x22, 0x4d, 0x18, flags, 0x40, ...afterDescriptor, 0];
  const framed = blocks.flatMap((block) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(block.length);
    return [size, block, Buffer.from(afterBlock)];
  });
  return Buffer.concat([Buffer.from(header), ...framed, Buffer.from(end)]);
}

function stored(text: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE((text.length | 0x80000000) >>> 0);
  return Buffer.concat([
    Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0]),
    size,
    Buffer.from(text),
    Buffer.from([0, 0, 0, 0]),
  ]);
}

describe('lz4', () => {
  it('reads literals and matches, also where they overlap themselves', () => {
    expect(decompressLz4(frame([BLOCK]), LIMIT).toString()).toBe(TEXT);
  });

  it('reads several blocks, checksums and a content size', () => {
    const contentSize = [34, 0, 0, 0, 0, 0, 0, 0];
    const parts = { flags: 0x78, afterDescriptor: contentSize, afterBlock: [1, 2, 3, 4] };

    expect(decompressLz4(frame([BLOCK, BLOCK], parts), LIMIT).toString()).toBe(TEXT + TEXT);
  });

  it('reads a block that was stored as it is', () => {
    expect(decompressLz4(stored('plain'), LIMIT).toString()).toBe('plain');
  });

  it('reads lengths that go beyond their token', () => {
    // 1 literal, a match of 15 + 255 + 30 + 4, and no literals at the end.
    const block = Buffer.from([0x1f, 0x7a, 1, 0, 255, 30, 0x00]);

    expect(decompressLz4(frame([block]), LIMIT).toString()).toBe('z'.repeat(305));
  });

  it('lets a linked block point into the one before', () => {
    const linked = Buffer.from([0x01, 17, 0, 0x00]);

    expect(decompressLz4(frame([BLOCK, linked], { flags: 0x40 }), LIMIT).toString()).toBe(
      `${TEXT}abcab`,
    );
  });

  it('reads an empty frame', () => {
    expect(decompressLz4(frame([]), LIMIT)).toHaveLength(0);
  });

  it('stops at the limit', () => {
    expect(() => decompressLz4(frame([BLOCK, BLOCK]), 33)).toThrow(DecompressedTooLargeError);
    expect(decompressLz4(frame([BLOCK, BLOCK]), 34)).toHaveLength(34);
    expect(() => decompressLz4(stored('plain'), 4)).toThrow(DecompressedTooLargeError);
  });

  it.each([
    ['another magic number', Buffer.from('not lz4 at all')],
    ['an unknown version', frame([BLOCK], { flags: 0xa0 })],
    ['a dictionary', frame([BLOCK], { flags: 0x61 })],
    ['a missing end mark', frame([BLOCK], { end: [] })],
    ['a block that is cut off', frame([BLOCK]).subarray(0, 15)],
    ['a match from before the start', frame([Buffer.from([0x10, 0x61, 9, 0, 0x00])])],
    ['a match from nowhere', frame([Buffer.from([0x10, 0x61, 0, 0, 0x00])])],
    ['literals beyond the block', frame([Buffer.from([0x50, 0x61])])],
    ['a length without an end', frame([Buffer.from([0xf0, 255, 255])])],
    [
      'a block that holds more than its maximum',
      frame([Buffer.from([0x1f, 0x7a, 1, 0, ...Array<number>(300).fill(255), 0, 0x00])]),
    ],
  ])('refuses %s', (_, input) => {
    expect(() => decompressLz4(input, LIMIT)).toThrow(CorruptDataError);
  });
});
