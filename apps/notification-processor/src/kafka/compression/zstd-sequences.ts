import type { BoundedOutput } from './bounded-output.js';
import {
  BackwardBits,
  corrupt,
  type FseTable,
  fseTable,
  readFseTable,
  singleSymbol,
} from './zstd-entropy.js';

/** What a kind of code stands for: values from a baseline on, told apart by further bits. */
interface Codes {
  readonly extra: Uint8Array;
  readonly baselines: Uint32Array;
  readonly mostAccuracy: number;
  readonly predefined: FseTable;
}

const repeated = (value: number, count: number): number[] => Array<number>(count).fill(value);
/** Each pair: how often, and what. */
const listed = (...pairs: readonly (readonly [number, number])[]): number[] =>
  pairs.flatMap(([count, value]) => repeated(value, count));

function codesOf(first: number, extra: readonly number[], predefined: FseTable): Codes {
  let next = first;
  const baselines = extra.map((bits) => {
    const baseline = next;
    next += 2 ** bits;
    return baseline;
  });
  return {
    extra: Uint8Array.from(extra),
    baselines: Uint32Array.from(baselines),
    mostAccuracy: 9,
    predefined,
  };
}

/** RFC 8878 sections 3.1.1.3.2.1 and 3.1.1.3.2.2. */
const LITERAL_LENGTHS = codesOf(
  0,
  [...listed([16, 0], [4, 1], [2, 2], [2, 3]), 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  fseTable(6, [4, 3, ...listed([11, 2], [3, 1], [9, 2]), 3, 2, ...listed([5, 1], [4, -1])]),
);
const MATCH_LENGTHS = codesOf(
  3,
  [...listed([32, 0], [4, 1], [2, 2], [2, 3], [2, 4]), 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  fseTable(6, [1, 4, 3, ...listed([6, 2], [37, 1], [7, -1])]),
);
const OFFSETS: Codes = {
  extra: Uint8Array.from({ length: 32 }, (_, code) => code),
  baselines: Uint32Array.from({ length: 32 }, (_, code) => 2 ** code),
  mostAccuracy: 8,
  predefined: fseTable(5, listed([6, 1], [3, 2], [15, 1], [5, -1])),
};

/** What a block may use of those before it in its frame. */
export interface SequenceMemory {
  /** Of literal lengths, offsets and match lengths. */
  tables: readonly FseTable[];
  /** The last three offsets. */
  readonly offsets: [number, number, number];
}

export interface BlockPlace {
  readonly input: Buffer;
  readonly start: number;
  readonly end: number;
  readonly literals: Uint8Array;
}

/** Where the output of a frame began, and where that of the block has to end at the latest. */
export interface OutputPlace {
  readonly frameStart: number;
  readonly blockEnd: number;
}

/** Carries out the sequences of a block: literals and copies of what is there, in turn. */
export function runSequences(
  block: BlockPlace,
  memory: SequenceMemory,
  out: BoundedOutput,
  place: OutputPlace,
): void {
  const { count, next } = readCount(block);
  if (count === 0) {
    if (next !== block.end) throw corrupt('there is something behind a block');
    append(block.literals, 0, block.literals.length, out, place);
    return;
  }
  const start = readTables(block, next, memory);
  const reader = new SequenceReader(new BackwardBits(block.input, start, block.end), memory);
  let literal = 0;
  for (let left = count; left > 0; left--) {
    reader.read(left === 1);
    const { literalLength, matchLength, offset } = reader;
    append(block.literals, literal, literalLength, out, place);
    literal += literalLength;
    if (offset > out.length - place.frameStart) throw corrupt('a match points outside');
    if (out.length + matchLength > place.blockEnd) throw corrupt('a block holds too much');
    out.reserve(matchLength);
    out.repeat(offset, matchLength);
  }
  reader.finish();
  append(block.literals, literal, block.literals.length - literal, out, place);
}

function append(
  literals: Uint8Array,
  from: number,
  size: number,
  out: BoundedOutput,
  place: OutputPlace,
): void {
  if (from + size > literals.length) throw corrupt('there are too few literals');
  if (out.length + size > place.blockEnd) throw corrupt('a block holds too much');
  out.reserve(size);
  out.append(literals, from, size);
}

function readCount({ input, start, end }: BlockPlace): { count: number; next: number } {
  const first = start < end ? (input[start] as number) : 0;
  const size = first < 128 ? 1 : first < 255 ? 2 : 3;
  if (start + size > end) throw corrupt('the sequences are cut off');
  if (size === 1) return { count: first, next: start + 1 };
  const second = input[start + 1] as number;
  if (size === 2) return { count: ((first - 128) << 8) + second, next: start + 2 };
  return { count: second + ((input[start + 2] as number) << 8) + 0x7f00, next: start + 3 };
}

const KINDS = [LITERAL_LENGTHS, OFFSETS, MATCH_LENGTHS];

/** Reads how the three kinds of codes are written. Returns where the bits begin. */
function readTables({ input, end }: BlockPlace, start: number, memory: SequenceMemory): number {
  const modes = start < end ? (input[start] as number) : 3;
  if ((modes & 3) !== 0) throw corrupt('the sequences have an unknown form');
  let at = start + 1;
  memory.tables = KINDS.map((codes, kind) => {
    const mode = (modes >> (6 - 2 * kind)) & 3;
    if (mode === 0) return codes.predefined;
    if (mode === 3) {
      const before = memory.tables[kind];
      if (before === undefined) throw corrupt('there is no table to be used again');
      return before;
    }
    const symbol = codes.extra.length - 1;
    if (mode === 2) {
      const read = readFseTable(input, at, end, { accuracy: codes.mostAccuracy, symbol });
      at = read.next;
      return read.table;
    }
    const only = at < end ? (input[at++] as number) : 255;
    if (only > symbol) throw corrupt('there is no such code');
    return singleSymbol(only);
  });
  return at;
}

class SequenceReader {
  literalLength = 0;
  matchLength = 0;
  offset = 0;
  private literalState: number;
  private offsetState: number;
  private matchState: number;
  private readonly literalTable: FseTable;
  private readonly offsetTable: FseTable;
  private readonly matchTable: FseTable;

  constructor(
    private readonly bits: BackwardBits,
    private readonly memory: SequenceMemory,
  ) {
    const [literals, offsets, matches] = memory.tables as [FseTable, FseTable, FseTable];
    this.literalTable = literals;
    this.offsetTable = offsets;
    this.matchTable = matches;
    this.literalState = bits.read(literals.accuracy);
    this.offsetState = bits.read(offsets.accuracy);
    this.matchState = bits.read(matches.accuracy);
  }

  read(isLast: boolean): void {
    const { bits, literalTable, offsetTable, matchTable } = this;
    const { literalState, offsetState, matchState } = this;
    const offset = valueOf(OFFSETS, offsetTable.symbols[offsetState] as number, bits);
    this.matchLength = valueOf(MATCH_LENGTHS, matchTable.symbols[matchState] as number, bits);
    this.literalLength = valueOf(
      LITERAL_LENGTHS,
      literalTable.symbols[literalState] as number,
      bits,
    );
    this.offset = this.resolved(offset);
    if (isLast) return;
    this.literalState = nextState(literalTable, literalState, bits);
    this.matchState = nextState(matchTable, matchState, bits);
    this.offsetState = nextState(offsetTable, offsetState, bits);
  }

  finish(): void {
    if (this.bits.left !== 0) throw corrupt('the sequences are too long');
  }

  /** 1 to 3 stand for the last offsets; where no literals came before, for others of them. */
  private resolved(value: number): number {
    const { offsets } = this.memory;
    const [first, second, third] = offsets;
    const which = value > 3 ? 4 : value - 1 + (this.literalLength === 0 ? 1 : 0);
    if (which === 0) return first;
    const offset = which === 4 ? value - 3 : which === 3 ? first - 1 : which === 2 ? third : second;
    if (offset === 0) throw corrupt('a match points nowhere');
    offsets[0] = offset;
    offsets[1] = first;
    if (which !== 1) offsets[2] = second;
    return offset;
  }
}

function valueOf({ extra, baselines }: Codes, code: number, bits: BackwardBits): number {
  const size = extra[code] as number;
  const baseline = baselines[code] as number;
  if (size === 0) return baseline;
  // More than 16 bits at once are not read.
  const high = size > 16 ? bits.read(size - 16) * 65_536 : 0;
  return baseline + high + bits.read(size > 16 ? 16 : size);
}

function nextState(table: FseTable, state: number, bits: BackwardBits): number {
  return (table.bases[state] as number) + bits.read(table.bits[state] as number);
}
