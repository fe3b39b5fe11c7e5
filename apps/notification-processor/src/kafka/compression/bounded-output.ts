import { DecompressedTooLargeError } from './decompression.errors.js';

/** A buffer that grows by doubling and never beyond `limit` bytes. */
export class BoundedOutput {
  bytes: Buffer;
  length = 0;

  constructor(
    expected: number,
    private readonly limit: number,
  ) {
    if (expected > limit) throw new DecompressedTooLargeError(limit);
    this.bytes = Buffer.allocUnsafeSlow(expected);
  }

  /** Makes room for `size` more bytes. Throws `DecompressedTooLargeError`. */
  reserve(size: number): void {
    const needed = this.length + size;
    if (needed > this.limit) throw new DecompressedTooLargeError(this.limit);
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(
      Math.min(this.limit, Math.max(needed, this.bytes.length * 2)),
    );
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  /** Appends bytes of the input. Room must have been reserved. */
  append(from: Uint8Array, start: number, size: number): void {
    const { bytes, length } = this;
    // A call into the runtime costs about as much as copying 32 bytes in a loop.
    if (size > 32) bytes.set(from.subarray(start, start + size), length);
    else for (let i = 0; i < size; i++) bytes[length + i] = from[start + i] as number;
    this.length = length + size;
  }

  /**
   * Appends `size` bytes that were written `distance` bytes ago; where both overlap the bytes
   * repeat, which is how a run is encoded. Room must have been reserved.
   */
  repeat(distance: number, size: number): void {
    const { bytes, length } = this;
    const start = length - distance;
    if (size > 32 && distance >= size) bytes.copyWithin(length, start, start + size);
    else for (let i = 0; i < size; i++) bytes[length + i] = bytes[start + i] as number;
    this.length = length + size;
  }

  finish(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}
