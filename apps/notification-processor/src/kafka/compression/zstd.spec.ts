import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CorruptDataError, DecompressedTooLargeError } from './decompression.errors.js';
import { decompressZstdInJavaScript } from './zstd.js';

const LIMIT = 500_000;

const read = (input: Buffer, limit = LIMIT): Buffer => decompressZstdInJavaScript(input, limit);
const stored = (name: string): Buffer =>
  readFileSync(new URL(`../../../test/corpus/zstd/${name}.zst`, import.meta.url));

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Of a window of 1 KiB unless another descriptor is given; every block but the last says that one follows. */
function frame(
  blocks: readonly (readonly [type: number, size: number, ...bytes: number[]])[],
  window = 0,
) {
  const written = blocks.flatMap(([type, size, ...bytes], at) => {
    const head = (size << 3) | (type << 1) | (at === blocks.length - 1 ? 1 : 0);
    return [head & 255, (head >> 8) & 255, head >> 16, ...bytes];
  });
  return Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, window, ...written]);
}
const compressed = (...bytes: number[]) => [2, bytes.length, ...bytes] as const;
const text = (letters: string): [0, number, ...number[]] => [
  0,
  letters.length,
  ...Buffer.from(letters),
];

describe('zstd', () => {
  /** Frames of the reference implementation (zstd 1.5), at its levels 1 and 19. */
  it.each([
    ['four-blocks', 400_251, '2c8e2a0cd2146ccc7202f43ad20006a5b5ef0819e48ed9841273d952f5c2c571'],
    ['four-streams', 700, '71e13205460888fee5f20da08f769576abb008cf3fe36cf5476c59d2ef283750'],
    ['offsets', 17_000, '7a2ac81ec7e51aa61221681f800261c483b5b3fbcfd69a83b73027d9bbee1cf9'],
    ['random', 60, '4ebc8a689d5c8cd7ae0cc4e8e03cbe430f6e593658c5ea50cec845200583c293'],
    ['short', 272, '45b788991c4cb8b5ec9f20d51f7c2cf2eaf6c409b0a1162cd409690e8d2958fd'],
    ['single-codes', 3_200, '9bf5791d45f42af8f2750ff8115a2961e0476fc6e1af47fda93d4bce946c52c8'],
    ['zeros', 300_000, '886715e4051e827f4fe215df3053af3f85ad0d352db2c829c7487af6d78efe30'],
  ])('reads %s as it was compressed', (name, size, digest) => {
    const output = read(stored(name));
    expect([output.length, sha256(output)]).toEqual([size, digest]);
    expect(read(stored(name), size)).toHaveLength(size);
    expect(() => read(stored(name), size - 1)).toThrow(DecompressedTooLargeError);
  });

  it('reads blocks that are stored, repeated or made of one literal', () => {
    const literal = compressed((5 << 3) | 1, 0x62, 0);
    expect(read(frame([text('aaa'), [1, 4, 0x2d], literal])).toString()).toBe('aaa----bbbbb');
  });

  it('reads a tree whose weights are written out', () => {
    // Three literals of 3 bytes: a tree of the symbols 0 and 1, and the codes 0, 1, 1 behind the mark.
    const block = compressed(0x32, 0xc0, 0, 128, 0x10, 0b1011, 0);
    expect(read(frame([block]))).toEqual(Buffer.from([0, 1, 1]));
  });

  it('reads frames one after the other, and skips what is to be skipped', () => {
    const skipped = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const frames = [frame([text('a')]), skipped, frame([text('b')])];
    expect(read(Buffer.concat(frames)).toString()).toBe('ab');
  });

  it('takes no memory for a window that a frame claims, where a gigabyte was taken', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 3; round++) {
      expect(read(frame([[1, 9, 0x61]], 20 << 3)).toString()).toBe('a'.repeat(9));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });

  it('refuses a tree of codes without bits, in which it was read for ever', () => {
    const endless = '28b52ffd00387d000082c00205f003008080800101010100';
    expect(() => read(Buffer.from(endless, 'hex'))).toThrow(CorruptDataError);
  });

  it.each([
    ['nothing at all', Buffer.alloc(0)],
    ['another magic number', Buffer.from('not zstd at all')],
    ['a dictionary', Buffer.from('28b52ffd0100070100000000', 'hex')],
    ['a reserved bit', Buffer.from('28b52ffd0800010000', 'hex')],
    ['a frame to be skipped that is cut off', Buffer.from('502a4d18ffffffff00', 'hex')],
    ['a missing last block', frame([text('a')]).subarray(0, -4)],
    ['a block that is cut off', frame([text('abc')]).subarray(0, -1)],
    ['a block of an unknown form', frame([[3, 1, 0]])],
    ['a block beyond its window', frame([[1, 1_025, 0x61]])],
    ['an empty compressed block', frame([[2, 0]])],
    ['literals that are cut off', frame([compressed(5 << 3, 1, 2)])],
    ['something behind a block', frame([compressed(8, 0x61, 0, 0)])],
    ['a tree that was never given', frame([compressed(0x33, 0x40, 0, 0b1011, 0)])],
    ['tables that were never given', frame([compressed(8, 0x61, 1, 0xfc, 1)])],
    ['a match from before the frame', frame([text('abcd'), compressed(0, 1, 0x54, 0, 31, 0, 1)])],
  ])('refuses %s', (_, input) => {
    expect(() => read(input)).toThrow(CorruptDataError);
  });
});
