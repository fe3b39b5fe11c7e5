import { BoundedOutput } from './bounded-output.js';
import { CorruptDataError } from './decompression.errors.js';

/**
 * The stream framing of snappy-java ("xerial"), which Kafka's Java client writes: 8 bytes of magic,
 * version and compatible version (4 bytes each), then raw snappy blocks, each after its length (4
 * bytes, big endian). Concatenated streams repeat the header where a length is expected.
 */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_LENGTH = 16;

/** Three bytes of raw snappy give 64 bytes at best, so a larger claim cannot be true. */
const BEST_RATIO = 64 / 3;

/**
 * Reads raw snappy (librdkafka and others) and xerial streams. About 290 MB of JSON per second.
 * Format: https://github.com/google/snappy/blob/main/format_description.txt
 * Throws `CorruptDataError`, `DecompressedTooLargeError`.
 */
export function decompressSnappy(input: Buffer, limit: number): Buffer {
  const out = new BoundedOutput(0, limit);
  if (!isXerialHeader(input, 0)) {
    decompressBlock(input, out);
    return out.finish();
  }
  let at = 0;
  while (at < input.length) {
    if (isXerialHeader(input, at)) {
      at += XERIAL_HEADER_LENGTH;
      continue;
    }
    const length = at + 4 <= input.length ? input.readInt32BE(at) : -1;
    at += 4;
    if (length < 0 || at + length > input.length) throw corrupt('a block is cut off');
    decompressBlock(input.subarray(at, at + length), out);
    at += length;
  }
  return out.finish();
}

function isXerialHeader(input: Buffer, at: number): boolean {
  const magic = input.subarray(at, at + XERIAL_MAGIC.length);
  return input.length >= at + XERIAL_HEADER_LENGTH && magic.equals(XERIAL_MAGIC);
}

/** Where the bytes of a block lie in the output; a copy may not reach before its start. */
interface Place {
  readonly start: number;
  readonly end: number;
}

function decompressBlock(input: Buffer, out: BoundedOutput): void {
  const { value: size, next } = readVarint(input);
  if (size > input.length * BEST_RATIO + 64) throw corrupt('the length is impossible');
  out.reserve(size);
  const block = { start: out.length, end: out.length + size };
  for (let at = next; at < input.length;) {
    const isLiteral = ((input[at] as number) & 3) === 0;
    at = isLiteral ? appendLiteral(input, at, block, out) : appendCopy(input, at, block, out);
  }
  if (out.length !== block.end) throw corrupt('a block is shorter than its length');
}

/** Lengths up to 60 are in the tag, larger ones in one to four bytes after it. */
function appendLiteral(input: Buffer, at: number, block: Place, out: BoundedOutput): number {
  const inTag = (input[at] as number) >> 2;
  const extra = inTag < 60 ? 0 : inTag - 59;
  const data = at + 1 + extra;
  if (data > input.length) throw corrupt('a literal is cut off');
  const size = (extra === 0 ? inTag : input.readUIntLE(at + 1, extra)) + 1;
  if (data + size > input.length || out.length + size > block.end)
    throw corrupt('a literal is too long');
  out.append(input, data, size);
  return data + size;
}

function appendCopy(input: Buffer, at: number, block: Place, out: BoundedOutput): number {
  const tag = input[at] as number;
  const kind = tag & 3;
  const extra = kind === 3 ? 4 : kind;
  if (at + 1 + extra > input.length) throw corrupt('a copy is cut off');
  const size = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
  let distance = input[at + 1] as number;
  if (kind === 1) distance |= (tag >> 5) << 8;
  else distance = kind === 2 ? input.readUInt16LE(at + 1) : input.readUInt32LE(at + 1);
  if (distance === 0 || distance > out.length - block.start) throw corrupt('a copy points outside');
  if (out.length + size > block.end) throw corrupt('a copy is too long');
  out.repeat(distance, size);
  return at + 1 + extra;
}

function readVarint(input: Buffer): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 5 && i < input.length; i++) {
    const byte = input[i] as number;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: i + 1 };
  }
  throw corrupt('the length is cut off');
}

function corrupt(what: string): CorruptDataError {
  return new CorruptDataError('snappy', what);
}
