import { CorruptDataError } from './decompression.errors.js';

export function corrupt(what: string): CorruptDataError {
  return new CorruptDataError('zstd', what);
}

/** Floor of the logarithm to the base 2 of a number from 1. */
const log2 = (value: number): number => 31 - Math.clz32(value);

/** A bit stream that is read from its end, where a bit that is set stands before the first of it. */
export class BackwardBits {
  /** Bits that are still to be read. */
  left: number;

  constructor(
    readonly input: Buffer,
    readonly start: number,
    end: number,
  ) {
    const last = end > start ? (input[end - 1] as number) : 0;
    if (last === 0) throw corrupt('a bit stream has no end');
    this.left = (end - start - 1) * 8 + log2(last);
  }

  /** At most 16 bits. */
  read(count: number): number {
    this.left -= count;
    if (this.left < 0) throw corrupt('a bit stream ends early');
    return this.bitsAt(this.left) & ((1 << count) - 1);
  }

  /** The next bits, at most 16, without a step; what is missing at the end is 0. */
  peek(count: number): number {
    const at = this.left - count;
    const bits = at >= 0 ? this.bitsAt(at) : this.bitsAt(0) << -at;
    return bits & ((1 << count) - 1);
  }

  /** 17 bits or more. Beyond the input is nothing, which counts as 0 here. */
  private bitsAt(position: number): number {
    const { input } = this;
    const at = this.start + (position >> 3);
    const low = (input[at] as number) | ((input[at + 1] as number) << 8);
    return (low | ((input[at + 2] as number) << 16)) >>> (position & 7);
  }
}

/** A table of finite state entropy: by state, its symbol, and how the next state is read. */
export interface FseTable {
  readonly accuracy: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** Of one symbol that takes no bits. */
export function singleSymbol(symbol: number): FseTable {
  const nothing = new Uint8Array(1);
  return { accuracy: 0, symbols: Uint8Array.of(symbol), bits: nothing, bases: new Uint16Array(1) };
}

/** From how often each symbol occurs; -1 is less than once. They make up a power of 2. */
export function fseTable(accuracy: number, counts: ArrayLike<number>): FseTable {
  const size = 1 << accuracy;
  const table = {
    accuracy,
    symbols: new Uint8Array(size),
    bits: new Uint8Array(size),
    bases: new Uint16Array(size),
  };
  const next = spread(counts, table.symbols);
  for (let state = 0; state < size; state++) {
    const symbol = table.symbols[state] as number;
    const value = next[symbol] as number;
    next[symbol] = value + 1;
    const bits = accuracy - log2(value);
    table.bits[state] = bits;
    table.bases[state] = (value << bits) - size;
  }
  return table;
}

/** Gives each state its symbol. Returns by symbol the number that its first state counts from. */
function spread(counts: ArrayLike<number>, symbols: Uint8Array): Uint16Array {
  const size = symbols.length;
  const next = new Uint16Array(counts.length);
  let high = size;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const count = counts[symbol] as number;
    next[symbol] = Math.abs(count);
    if (count === -1) symbols[--high] = symbol;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    for (let left = counts[symbol] as number; left > 0; left--) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  }
  return next;
}

export interface FseLimits {
  readonly accuracy: number;
  /** The largest symbol. */
  readonly symbol: number;
}

/** Reads the description of a table. Returns it and where it ends. */
export function readFseTable(
  input: Buffer,
  start: number,
  end: number,
  limits: FseLimits,
): { readonly table: FseTable; readonly next: number } {
  const bits = new ForwardBits(input, start, end);
  const accuracy = bits.read(4) + 5;
  if (accuracy > limits.accuracy) throw corrupt('a table is too large');
  const counts: number[] = [];
  let remaining = 1 << accuracy;
  while (remaining > 0) {
    const count = readCount(bits, remaining);
    counts.push(count);
    remaining -= Math.abs(count);
    // Two bits say how many more are 0, and 3 that two more bits follow.
    for (let zeros = count === 0 ? 3 : 0; zeros === 3;) {
      zeros = bits.read(2);
      for (let i = 0; i < zeros; i++) counts.push(0);
    }
    if (counts.length > limits.symbol + 1) throw corrupt('a table has too many symbols');
  }
  return { table: fseTable(accuracy, counts), next: bits.end };
}

/** Of as many bits as `remaining` needs, one less where the value is small enough. */
function readCount(bits: ForwardBits, remaining: number): number {
  const size = log2(remaining + 1);
  const spare = (1 << (size + 1)) - 2 - remaining;
  const low = bits.read(size);
  if (low < spare) return low - 1;
  return bits.read(1) === 0 ? low - 1 : low + (1 << size) - spare - 1;
}

class ForwardBits {
  private at = 0;

  constructor(
    private readonly input: Buffer,
    private readonly start: number,
    private readonly limit: number,
  ) {}

  /** Where the last byte ends that was read of. */
  get end(): number {
    return this.start + ((this.at + 7) >> 3);
  }

  /** At most 16 bits. */
  read(count: number): number {
    const from = this.start + (this.at >> 3);
    const { input } = this;
    const low = (input[from] as number) | ((input[from + 1] as number) << 8);
    const bits = (low | ((input[from + 2] as number) << 16)) >>> (this.at & 7);
    this.at += count;
    if (this.end > this.limit) throw corrupt('a table ends early');
    return bits & ((1 << count) - 1);
  }
}
