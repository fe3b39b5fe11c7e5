import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expectForAll, PROPERTY_TIMEOUT_MS } from '@app/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCodec, type Decompression } from './compression-codecs.js';
import {
  CorruptDataError,
  DecompressedTooLargeError,
  UnreadableBatchError,
} from './decompression.errors.js';
import { decompressLz4 } from './lz4.js';
import { decompressSnappy } from './snappy.js';
import { decompressGzip } from './zlib-formats.js';
import { decompressZstdInJavaScript } from './zstd.js';

const LIMIT = 4_000;

const bytes = (maxLength: number, minLength = 0) =>
  fc.uint8Array({ minLength, maxLength, size: 'max' }).map((array) => Buffer.from(array));

/** What compressed data says: some bytes, then `size` of those that came `back` before. */
interface Step {
  readonly literals: Buffer;
  readonly back: number;
  readonly size: number;
}
interface Compressed {
  readonly input: Buffer;
  readonly output: Buffer;
}

/** Steps that lead somewhere, and all that they give, found the slow way. */
const model = fc
  .array(
    fc.record({
      literals: fc.oneof({ weight: 4, arbitrary: bytes(20, 1) }, bytes(300, 1)),
      back: fc.oneof(fc.nat(8), fc.nat(1_000)),
      size: fc.oneof(fc.integer({ min: 4, max: 20 }), fc.integer({ min: 4, max: 600 })),
    }),
    { maxLength: 5 },
  )
  .map((drawn) => {
    const output: number[] = [];
    const steps = drawn.map((step): Step => {
      output.push(...step.literals);
      const back = 1 + (step.back % output.length);
      for (let left = step.size; left > 0; left -= 1) output.push(output.at(-back) ?? 0);
      return { ...step, back };
    });
    return { steps, output: Buffer.from(output) };
  });

const littleEndian = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, at) => (value / 2 ** (8 * at)) & 255);

/** What of a length the four bits of an LZ4 token do not hold. */
const more = (length: number): number[] =>
  length < 15
    ? []
    : [...Array<number>(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255];

const lz4 = fc.tuple(model, bytes(20)).map(([{ steps, output }, last]): Compressed => {
  const sequences = steps.flatMap(({ literals, back, size }) => [
    (Math.min(15, literals.length) << 4) | Math.min(15, size - 4),
    ...more(literals.length),
    ...literals,
    ...littleEndian(back, 2),
    ...more(size - 4),
  ]);
  const ending = [Math.min(15, last.length) << 4, ...more(last.length), ...last];
  const block = [...sequences, ...ending];
  const head = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0];
  const input = [...head, ...littleEndian(block.length, 4), ...block, 0, 0, 0, 0];
  return { input: Buffer.from(input), output: Buffer.concat([output, last]) };
});

/** One copy of snappy has 64 bytes at most. */
function snappyCopies(back: number, size: number): number[] {
  if (size > 64) return [...snappyCopies(back, 60), ...snappyCopies(back, size - 60)];
  if (size >= 4 && size <= 11 && back < 2_048) {
    return [((back >> 8) << 5) | ((size - 4) << 2) | 1, back & 255];
  }
  return back % 2 === 0
    ? [((size - 1) << 2) | 2, ...littleEndian(back, 2)]
    : [((size - 1) << 2) | 3, ...littleEndian(back, 4)];
}

const snappy = fc.tuple(model, fc.boolean()).map(([{ steps, output }, isXerial]): Compressed => {
  const parts = steps.flatMap(({ literals, back, size }) => {
    const length = literals.length - 1;
    const tag = length < 60 ? [length << 2] : [61 << 2, ...littleEndian(length, 2)];
    return [...tag, ...literals, ...snappyCopies(back, size)];
  });
  const block = [(output.length & 127) | 128, output.length >> 7, ...parts];
  if (!isXerial) return { input: Buffer.from(block), output };
  const head = Buffer.from('82534e41505059000000000100000001', 'hex');
  const length = littleEndian(block.length, 4).toReversed();
  return { input: Buffer.from([...head, ...length, ...block]), output };
});

const gzip = fc
  .oneof(bytes(300), fc.constant(Buffer.alloc(LIMIT + 1)))
  .map((output): Compressed => ({ input: gzipSync(output), output }));

/** With some bytes changed, and its end cut off. */
const spoiled = (whole: fc.Arbitrary<Compressed>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(whole, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat(600))
    .map(([{ input }, changes, kept]) => {
      const changed = Buffer.from(input.subarray(0, kept));
      for (const [at, byte] of changes) {
        if (changed.length > 0) changed[at % changed.length] = byte;
      }
      return changed;
    });

/** Blocks that are stored or repeated; what is compressed comes from the reference implementation. */
const plainZstd = fc
  .array(fc.tuple(bytes(900), fc.boolean()), { minLength: 1, maxLength: 5 })
  .map((blocks): Compressed => {
    const written = blocks.flatMap(([block, isRun], at) => {
      const head = (block.length << 3) | (isRun ? 2 : 0) | (at === blocks.length - 1 ? 1 : 0);
      return [...littleEndian(head, 3), ...(isRun ? [at] : block)];
    });
    const outputs = blocks.map(([block, isRun], at) => (isRun ? block.fill(at) : block));
    const input = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, ...written]);
    return { input, output: Buffer.concat(outputs) };
  });
const ofReference = ['four-streams', 'offsets', 'single-codes', 'short'].map((name): Compressed => {
  const file = new URL(`../../../test/corpus/zstd/${name}.zst`, import.meta.url);
  const input = readFileSync(file);
  return { input, output: decompressZstdInJavaScript(input, 100_000) };
});
const zstd = fc.oneof(plainZstd, { weight: 3, arbitrary: fc.constantFrom(...ofReference) });

const READERS: [string, Decompression, fc.Arbitrary<Compressed>][] = [
  ['lz4', decompressLz4, lz4],
  ['snappy', decompressSnappy, snappy],
  ['gzip', decompressGzip, gzip],
  ['zstd', decompressZstdInJavaScript, zstd],
];

/** zlib's own errors have a code; what else is none of these is a mistake of a reader. */
function expectDocumented(error: unknown): void {
  const isOurs = error instanceof CorruptDataError || error instanceof DecompressedTooLargeError;
  if (!isOurs) expect(error).toMatchObject({ code: expect.stringMatching(/^Z_/) });
}

describe.each(READERS)('reading %s', (name, decompress, compressed) => {
  it(
    'gives what was compressed, or refuses what is more than the limit',
    async () => {
      await expectForAll(compressed, async ({ input, output }) => {
        const read = Promise.resolve(input).then((given) => decompress(given, LIMIT));
        if (output.length > LIMIT) await expect(read).rejects.toThrow(DecompressedTooLargeError);
        else expect((await read).equals(output)).toBe(true);
      });
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'of any bytes stays within the limit, or refuses them',
    async () => {
      await expectForAll(fc.oneof(bytes(40), spoiled(compressed)), async (input) => {
        try {
          expect((await decompress(input, LIMIT)).length).toBeLessThanOrEqual(LIMIT);
        } catch (error) {
          expectDocumented(error);
        }
      });
    },
    PROPERTY_TIMEOUT_MS,
  );

  it('is refused by the codec with the one error that spares the other partitions', async () => {
    const ignore = (): void => undefined;
    const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    const codec = createCodec(name, decompress, logger, { bytes: LIMIT, pauseMs: 0 });
    // Each refusal is a pause: fewer cases.
    await expectForAll(
      fc.oneof(bytes(40), spoiled(compressed)),
      async (input) => {
        const read = await codec.decompress(input).catch((error: unknown) => error);
        if (!Buffer.isBuffer(read)) expect(read).toBeInstanceOf(UnreadableBatchError);
      },
      500,
    );
  });
});
