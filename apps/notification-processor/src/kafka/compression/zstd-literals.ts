import { BackwardBits, corrupt, readFseTable } from './zstd-entropy.js';

/** Bits of the longest code. */
const LONGEST_CODE = 11;
const WEIGHT_LIMITS = { accuracy: 6, symbol: LONGEST_CODE };
/** Besides the last weight, which is not written. */
const MOST_WEIGHTS = 255;

/** By the next bits of a stream: the symbol and the bits that it takes. */
export interface HuffmanTable {
  readonly longest: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

/** Reads the description of a Huffman tree. Returns its table and where it ends. */
export function readHuffmanTable(
  input: Buffer,
  start: number,
  end: number,
): { readonly table: HuffmanTable; readonly next: number } {
  if (start >= end) throw corrupt('a tree is cut off');
  const head = input[start] as number;
  const count = head - 127;
  const next = start + 1 + (head < 128 ? head : (count + 1) >> 1);
  if (next > end) throw corrupt('a tree is cut off');
  if (head < 128) return { table: tableOf(compressedWeights(input, start + 1, next)), next };
  const weights = Array.from({ length: count }, (_, at) => {
    const pair = input[start + 1 + (at >> 1)] as number;
    return at % 2 === 0 ? pair >> 4 : pair & 15;
  });
  return { table: tableOf(weights), next };
}

/** Of two states in turn, until the bits of one are not there any more. */
function compressedWeights(input: Buffer, start: number, end: number): number[] {
  const { table, next } = readFseTable(input, start, end, WEIGHT_LIMITS);
  const bits = new BackwardBits(input, next, end);
  const states = [bits.read(table.accuracy), bits.read(table.accuracy)];
  const weights: number[] = [];
  for (let turn = 0; ; turn ^= 1) {
    const state = states[turn] as number;
    weights.push(table.symbols[state] as number);
    // A state may take no bits at all, for ever.
    if (weights.length > MOST_WEIGHTS) throw corrupt('a tree has too many weights');
    const size = table.bits[state] as number;
    if (size > bits.left) {
      weights.push(table.symbols[states[turn ^ 1] as number] as number);
      return weights;
    }
    states[turn] = (table.bases[state] as number) + bits.read(size);
  }
}

/** The last weight is what the others leave of a power of 2. */
function tableOf(weights: number[]): HuffmanTable {
  if (weights.length > MOST_WEIGHTS) throw corrupt('a tree has too many weights');
  if (weights.some((weight) => weight > LONGEST_CODE)) throw corrupt('a code is too long');
  const sum = weights.reduce((total, weight) => total + (weight === 0 ? 0 : 1 << (weight - 1)), 0);
  const longest = 32 - Math.clz32(sum);
  const rest = (1 << longest) - sum;
  if (sum === 0 || longest > LONGEST_CODE || (rest & (rest - 1)) !== 0) {
    throw corrupt('a tree is no tree');
  }
  weights.push(32 - Math.clz32(rest));
  const symbols = new Uint8Array(1 << longest);
  const bits = new Uint8Array(1 << longest);
  let at = 0;
  for (let weight = 1; weight <= longest; weight++) {
    for (let symbol = 0; symbol < weights.length; symbol++) {
      if (weights[symbol] !== weight) continue;
      const to = at + (1 << (weight - 1));
      symbols.fill(symbol, at, to);
      bits.fill(longest + 1 - weight, at, to);
      at = to;
    }
  }
  return { longest, symbols, bits };
}

/** Fills `into` from one stream of codes, which has to end with it. */
export function readHuffmanStream(
  table: HuffmanTable,
  stream: BackwardBits,
  into: Uint8Array,
): void {
  // In variables of its own, which is twice as fast.
  const { longest, symbols, bits } = table;
  const { input, start } = stream;
  const mask = (1 << longest) - 1;
  let { left } = stream;
  let at = 0;
  for (; at < into.length && left >= longest; at++) {
    const position = left - longest;
    const from = start + (position >> 3);
    const low = (input[from] as number) | ((input[from + 1] as number) << 8);
    const code = ((low | ((input[from + 2] as number) << 16)) >>> (position & 7)) & mask;
    into[at] = symbols[code] as number;
    left -= bits[code] as number;
  }
  stream.left = left;
  for (; at < into.length; at++) {
    const code = stream.peek(longest);
    into[at] = symbols[code] as number;
    stream.left -= bits[code] as number;
    if (stream.left < 0) throw corrupt('a stream ends early');
  }
  if (stream.left !== 0) throw corrupt('a stream is too long');
}

/** Fills `into` from four streams, after a table of the lengths of three. */
export function readHuffmanStreams(
  table: HuffmanTable,
  input: Buffer,
  start: number,
  end: number,
  into: Uint8Array,
): void {
  if (end - start < 6) throw corrupt('the streams are cut off');
  const share = (into.length + 3) >> 2;
  if (share * 3 > into.length) throw corrupt('there is too little for four streams');
  let from = start + 6;
  for (let stream = 0; stream < 4; stream++) {
    const to = stream < 3 ? from + input.readUInt16LE(start + stream * 2) : end;
    if (to > end) throw corrupt('a stream is cut off');
    const part = into.subarray(stream * share, stream < 3 ? (stream + 1) * share : into.length);
    readHuffmanStream(table, new BackwardBits(input, from, to), part);
    from = to;
  }
}
