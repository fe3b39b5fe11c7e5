import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TransportLoggerInterface } from '../transport-logger.interface.js';
import { createCodec, type Decompression } from './compression-codecs.js';
import { decompressGzip, decompressZstd } from './zlib-formats.js';
import { decompressZstdInJavaScript } from './zstd.js';

const LIMITS = { bytes: 1_000, pauseMs: 1 };

/** 2,000 times "a" from the stream of zstd-jni, which Kafka's Java client uses: no content size. */
const ZSTD_FRAME = Buffer.from('28b52ffd00584d00001061610100cbff000b', 'hex');

function createLog(): { logger: TransportLoggerInterface; messages: string[] } {
  const messages: string[] = [];
  const ignore = (): void => undefined;
  const error = (_: string, fields?: Readonly<Record<string, unknown>>): void => {
    messages.push(String(fields?.['message']));
  };
  return { messages, logger: { debug: ignore, info: ignore, warn: ignore, error } };
}

describe('a compression codec', () => {
  it('refuses to compress, in so many words', async () => {
    const codec = createCodec('lz4', (input) => input, createLog().logger, LIMITS);

    await expect(codec.compress()).rejects.toThrow(
      'Compressing with lz4 is not supported: only reading is needed.',
    );
  });

  it('refuses an unreadable batch with the one error name that spares the other partitions', async () => {
    const { logger, messages } = createLog();
    const decompress: Decompression = () => Promise.reject(new RangeError('too short'));
    const codec = createCodec('zstd', decompress, logger, LIMITS);

    await expect(codec.decompress(Buffer.from('x'))).rejects.toMatchObject({
      name: 'KafkaJSPartialMessageError',
      code: 'unreadable_batch',
      cause: new RangeError('too short'),
    });
    expect(messages).toEqual([expect.stringContaining('A record batch with zstd compression')]);
  });

  it('neither unpacks nor logs a refused batch a second time, but reads others', async () => {
    const { logger, messages } = createLog();
    let unpacked = 0;
    const decompress: Decompression = (input) => {
      unpacked++;
      if (input.toString() === 'bomb') throw new Error('too large');
      return input;
    };
    const codec = createCodec('lz4', decompress, logger, LIMITS);

    for (let i = 0; i < 5; i++) {
      await expect(codec.decompress(Buffer.from('bomb'))).rejects.toThrow('too large');
    }
    expect(unpacked).toBe(1);
    expect(messages).toHaveLength(1);
    expect((await codec.decompress(Buffer.from('fine'))).toString()).toBe('fine');
  });

  it('tries a refused batch again after a minute, for a lack of memory passes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    let short = true;
    const decompress: Decompression = (input) => {
      if (short) throw new Error('no memory');
      return input;
    };
    const codec = createCodec('lz4', decompress, createLog().logger, LIMITS);
    const batch = Buffer.from('batch');

    await expect(codec.decompress(batch)).rejects.toThrow('no memory');
    short = false;
    vi.advanceTimersByTime(59_999);
    await expect(codec.decompress(batch)).rejects.toThrow('no memory');
    vi.advanceTimersByTime(1);
    await expect(codec.decompress(batch)).resolves.toEqual(batch);
  });
});

describe('gzip and zstd', () => {
  const text = 'a'.repeat(2_000);

  it('are read up to the limit', async () => {
    expect((await decompressGzip(gzipSync(text), 2_000)).toString()).toBe(text);
    expect((await decompressZstd(ZSTD_FRAME, 2_000)).toString()).toBe(text);
    expect(decompressZstdInJavaScript(ZSTD_FRAME, 2_000).toString()).toBe(text);
  });

  it('stop beyond the limit', async () => {
    const tooLarge = { name: 'DecompressedTooLargeError' };

    await expect(decompressGzip(gzipSync(text), 1_999)).rejects.toMatchObject(tooLarge);
    await expect(decompressZstd(ZSTD_FRAME, 1_999)).rejects.toMatchObject(tooLarge);
    expect(() => decompressZstdInJavaScript(ZSTD_FRAME, 1_999)).toThrow(
      expect.objectContaining(tooLarge),
    );
  });

  it('refuse what is cut off', async () => {
    const cutOff = /unexpected e(nd|of)|src size is incorrect|corrupt|cut off/i;

    await expect(decompressGzip(gzipSync(text).subarray(0, 15), 2_000)).rejects.toThrow(cutOff);
    await expect(decompressZstd(ZSTD_FRAME.subarray(0, 12), 2_000)).rejects.toThrow(cutOff);
    expect(() => decompressZstdInJavaScript(ZSTD_FRAME.subarray(0, 12), 2_000)).toThrow(cutOff);
  });
});
