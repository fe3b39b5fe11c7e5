import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import type { TransportLoggerInterface } from '../transport-logger.interface.js';
import { UnreadableBatchError } from './decompression.errors.js';
import { decompressLz4 } from './lz4.js';
import { decompressSnappy } from './snappy.js';
import { decompressGzip, decompressZstd } from './zlib-formats.js';

export type Decompression = (input: Buffer, limit: number) => Buffer | Promise<Buffer>;

export interface CompressionCodec {
  compress(): Promise<never>;
  decompress(input: Buffer): Promise<Buffer>;
}

/**
 * Most bytes that one record batch may become. A broker takes batches of 1 MiB by default, and
 * JSON shrinks by a factor of 5 to 20, so that real batches stay far below; a hostile one of zeros
 * grows by 1,000 and more (gzip, zstd) and must not take the process's memory.
 */
export const LARGEST_BATCH_BYTES = 128 * 1024 * 1024;

/**
 * A refused batch is fetched again at once and for ever. This pause keeps that from becoming a busy
 * loop; the other partitions of the fetch wait for it too.
 */
const REFUSAL_PAUSE_MS = 500;

/** For this long a refused batch is known; after it, it is tried and, as before, logged again. */
const REMEMBERED_MS = 60_000;

let registered = false;

/**
 * Teaches kafkajs to read all four compressions: it brings only gzip, without a bound, and a batch
 * in any other stops the consumer. Writing compressed is not needed and throws. Calling it again does
 * nothing.
 */
export function registerCompressionCodecs(logger: TransportLoggerInterface): void {
  if (registered) return;
  registered = true;
  const { CompressionTypes, CompressionCodecs } = kafkajs;
  const codecs: Record<number, () => CompressionCodec> = CompressionCodecs;
  const register = (type: number, name: string, decompress: Decompression): void => {
    const codec = createCodec(name, decompress, logger);
    codecs[type] = () => codec;
  };
  register(CompressionTypes.GZIP, 'gzip', decompressGzip);
  register(CompressionTypes.Snappy, 'snappy', decompressSnappy);
  register(CompressionTypes.LZ4, 'lz4', decompressLz4);
  register(CompressionTypes.ZSTD, 'zstd', decompressZstd);
}

/**
 * A codec that is bounded, and that refuses an unreadable batch without harm to other partitions.
 *
 * What a refusal means: the partition of the batch stands still until retention removes the batch or
 * an operator moves the group's offset past it. kafkajs does not tell a codec the topic; the
 * partition is the one whose committed offset stays while its end moves on.
 */
export function createCodec(
  name: string,
  decompress: Decompression,
  logger: TransportLoggerInterface,
  limits = { bytes: LARGEST_BATCH_BYTES, pauseMs: REFUSAL_PAUSE_MS },
): CompressionCodec {
  const refusals = new Refusals();
  const refuse = (input: Buffer, cause: unknown): UnreadableBatchError => {
    const error = unreadable(name, cause);
    refusals.add(input, error);
    logger.error('batch.refused', { compression: name, message: error.message, error: cause });
    return error;
  };
  return {
    compress: () =>
      Promise.reject(
        new Error(`Compressing with ${name} is not supported: only reading is needed.`),
      ),
    decompress: async (input) => {
      // Unpacking a bomb at every fetch would take the processor away from everything else.
      let error = refusals.find(input);
      if (error === undefined) {
        try {
          return await decompress(input, limits.bytes);
        } catch (cause) {
          error = refuse(input, cause);
        }
      }
      await delay(limits.pauseMs);
      throw error;
    },
  };
}

/** Known unreadable batches; forgotten after a while, so that a lack of memory is not for ever. */
class Refusals {
  private readonly known = new Map<string, { error: UnreadableBatchError; until: number }>();

  add(input: Buffer, error: UnreadableBatchError): void {
    this.forgetExpired();
    this.known.set(digestOf(input), { error, until: Date.now() + REMEMBERED_MS });
  }

  find(input: Buffer): UnreadableBatchError | undefined {
    this.forgetExpired();
    return this.known.size === 0 ? undefined : this.known.get(digestOf(input))?.error;
  }

  private forgetExpired(): void {
    for (const [digest, { until }] of this.known) {
      if (Date.now() >= until) this.known.delete(digest);
    }
  }
}

function digestOf(input: Buffer): string {
  return createHash('sha1').update(input).digest('base64');
}

function unreadable(name: string, cause: unknown): UnreadableBatchError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UnreadableBatchError(
    `A record batch with ${name} compression cannot be read (${reason}). Its partition stands ` +
      'still: it is the one whose committed offset does not move. Move the offset of the group ' +
      'past the batch to go on without it.',
    { cause },
  );
}
