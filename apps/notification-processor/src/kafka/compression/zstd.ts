import { BoundedOutput } from './bounded-output.js';
import { BackwardBits, corrupt } from './zstd-entropy.js';
import {
  type HuffmanTable,
  readHuffmanStream,
  readHuffmanStreams,
  readHuffmanTable,
} from './zstd-literals.js';
import { runSequences, type SequenceMemory } from './zstd-sequences.js';

const MAGIC = 0xfd2fb528;
/** And the fifteen after it. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const LARGEST_BLOCK = 128 * 1024;

/**
 * Reads Zstandard frames, for versions of Node that cannot; about 110 MB of JSON per second. What was written so far is the window, so that
 * the memory is bounded by `limit` whatever window a frame claims, and no input takes longer than in
 * proportion to itself and to its output. Checksums are skipped: the broker has verified the batch.
 * Format: RFC 8878. Throws `CorruptDataError`, `DecompressedTooLargeError`.
 */
export function decompressZstdInJavaScript(input: Buffer, limit: number): Buffer {
  const out = new BoundedOutput(0, limit);
  let at = 0;
  do {
    if (at + 8 > input.length) throw corrupt('it is not a frame');
    const magic = input.readUInt32LE(at);
    if (magic === MAGIC) at = new Frame(input, at + 4, out).run();
    else if (magic >>> 4 === SKIPPABLE_MAGIC >>> 4) at += 8 + input.readUInt32LE(at + 4);
    else throw corrupt('it is not a frame');
    if (at > input.length) throw corrupt('a frame is cut off');
  } while (at < input.length);
  return out.finish();
}

interface Literals {
  readonly bytes: Uint8Array;
  readonly next: number;
}

class Frame {
  private readonly frameStart: number;
  private readonly largestBlock: number;
  private readonly checksumLength: number;
  private readonly memory: SequenceMemory = { tables: [], offsets: [1, 4, 8] };
  private tree: HuffmanTable | undefined;
  private at: number;

  constructor(
    private readonly input: Buffer,
    start: number,
    private readonly out: BoundedOutput,
  ) {
    const flags = input[start] as number;
    if ((flags & 8) !== 0) throw corrupt('a frame has an unknown form');
    const isSingle = (flags & 32) !== 0;
    const windowLength = isSingle ? 0 : 1;
    const dictionaryLength = [0, 1, 2, 4][flags & 3] as number;
    const sizeLength = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] as number;
    const dictionary = start + 1 + windowLength;
    this.at = dictionary + dictionaryLength + sizeLength;
    if (this.at > input.length) throw corrupt('a frame is cut off');
    if (input.subarray(dictionary, dictionary + dictionaryLength).some((byte) => byte !== 0)) {
      throw corrupt('a dictionary is needed');
    }
    this.largestBlock = isSingle ? LARGEST_BLOCK : blockSizeOf(input[start + 1] as number);
    this.checksumLength = (flags & 4) === 0 ? 0 : 4;
    this.frameStart = out.length;
  }

  /** Returns where the frame ends. */
  run(): number {
    const { input } = this;
    for (let isLast = false; !isLast;) {
      if (this.at + 3 > input.length) throw corrupt('a block is cut off');
      const head = input.readUIntLE(this.at, 3);
      this.at += 3;
      isLast = (head & 1) === 1;
      this.block((head >> 1) & 3, head >> 3);
    }
    return this.at + this.checksumLength;
  }

  private block(type: number, size: number): void {
    const { input, out, at } = this;
    const end = at + (type === 1 ? 1 : size);
    if (size > this.largestBlock || end > input.length) throw corrupt('a block is cut off');
    if (type === 0) {
      out.reserve(size);
      out.append(input, at, size);
    } else if (type === 1) {
      out.reserve(size);
      out.bytes.fill(input[at] as number, out.length, out.length + size);
      out.length += size;
    } else if (type === 2) {
      this.compressed(at, end);
    } else throw corrupt('a block has an unknown form');
    this.at = end;
  }

  private compressed(start: number, end: number): void {
    if (start >= end) throw corrupt('a block is cut off');
    const { input, memory, out, frameStart } = this;
    const { bytes, next } = this.literals(start, end);
    const block = { input, start: next, end, literals: bytes };
    runSequences(block, memory, out, { frameStart, blockEnd: out.length + this.largestBlock });
  }

  private literals(start: number, end: number): Literals {
    const first = this.input[start] as number;
    const isCoded = (first & 2) !== 0;
    const form = (first >> 2) & 3;
    return isCoded ? this.codedLiterals(start, end, form) : this.plainLiterals(start, end, form);
  }

  /** As they are, or one of them as often as it is said. */
  private plainLiterals(start: number, end: number, form: number): Literals {
    const { input } = this;
    const headLength = form === 1 ? 2 : form === 3 ? 3 : 1;
    const from = start + headLength;
    if (from > end) throw corrupt('the literals are cut off');
    const size = input.readUIntLE(start, headLength) >> (headLength === 1 ? 3 : 4);
    const isRepeated = ((input[start] as number) & 1) === 1;
    const next = from + (isRepeated ? 1 : size);
    if (next > end || size > this.largestBlock) throw corrupt('the literals are cut off');
    if (!isRepeated) return { bytes: input.subarray(from, next), next };
    return { bytes: new Uint8Array(size).fill(input[from] as number), next };
  }

  private codedLiterals(start: number, end: number, form: number): Literals {
    const { input } = this;
    const headLength = form < 2 ? 3 : form + 2;
    const from = start + headLength;
    if (from > end) throw corrupt('the literals are cut off');
    const head = input.readUIntLE(start, headLength);
    const range = 2 ** (form < 2 ? 10 : form === 2 ? 14 : 18);
    const size = Math.floor(head / 16) % range;
    const next = from + Math.floor(head / 16 / range);
    if (next > end || size > this.largestBlock) throw corrupt('the literals are cut off');
    let streams = from;
    if ((head & 1) === 0) {
      const read = readHuffmanTable(input, from, next);
      this.tree = read.table;
      streams = read.next;
    }
    if (this.tree === undefined) throw corrupt('there is no tree to be used again');
    const bytes = new Uint8Array(size);
    if (form === 0) readHuffmanStream(this.tree, new BackwardBits(input, streams, next), bytes);
    else readHuffmanStreams(this.tree, input, streams, next, bytes);
    return { bytes, next };
  }
}

/** Of a window that is smaller than the largest block. */
function blockSizeOf(windowDescriptor: number): number {
  const base = 2 ** (10 + (windowDescriptor >> 3));
  return Math.min(LARGEST_BLOCK, base + (base / 8) * (windowDescriptor & 7));
}
