import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { DecompressedTooLargeError } from './decompression.errors.js';
import { decompressZstdInJavaScript } from './zstd.js';

type NativeDecompress = (
  input: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, output: Buffer) => void,
) => void;

const unzip = promisify(zlib.unzip as NativeDecompress);

/** In Node from 22.15 and 23.8 on; the types are of Node 20. */
const nativeZstd: unknown = Reflect.get(zlib, 'zstdDecompress');

/** On Node's thread pool, about 220 MB of JSON per second and thread. */
export function decompressGzip(input: Buffer, limit: number): Promise<Buffer> {
  return bounded(unzip, input, limit);
}

/** Native where Node has it. */
export async function decompressZstd(input: Buffer, limit: number): Promise<Buffer> {
  if (typeof nativeZstd !== 'function') return decompressZstdInJavaScript(input, limit);
  return bounded(promisify(nativeZstd as NativeDecompress), input, limit);
}

async function bounded(
  decompress: (input: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>,
  input: Buffer,
  limit: number,
): Promise<Buffer> {
  try {
    return await decompress(input, { maxOutputLength: limit });
  } catch (error) {
    const tooLarge =
      error instanceof Error && Reflect.get(error, 'code') === 'ERR_BUFFER_TOO_LARGE';
    throw tooLarge ? new DecompressedTooLargeError(limit) : error;
  }
}
