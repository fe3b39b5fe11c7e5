import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { patchLargeBatches } from './kafkajs-large-batches.js';

const require = createRequire(import.meta.url);
const PROTOCOL = 'kafkajs/src/protocol';

interface DecodedRecord {
  readonly offset: string;
  readonly value: Buffer;
}

/** Reads what a fetch brought, with the reader that kafkajs would load now. */
function read(fetched: Buffer): Promise<readonly DecodedRecord[]> {
  const DecoderOf = require(`${PROTOCOL}/decoder.js`) as new (buffer: Buffer) => object;
  const decode = require(`${PROTOCOL}/requests/fetch/v4/decodeMessages.js`) as (
    decoder: object,
  ) => Promise<readonly DecodedRecord[]>;
  return decode(new DecoderOf(fetched));
}

/** Zigzag and base 128, for a number that is not negative. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value * 2;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

/** A record batch as a broker keeps it, uncompressed; each record is the value `x`, without a key. */
function batchOf(records: number, firstOffset: number): Buffer {
  const body = Array.from({ length: records }, (_, index) => {
    const record = [0, 0, ...varint(index), 1, 2, 0x78, 0];
    return Buffer.from([...varint(record.length), ...record]);
  });
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(BigInt(firstOffset), 0);
  header.writeInt32BE(49 + body.reduce((sum, { length }) => sum + length, 0), 8);
  header.writeInt8(2, 16);
  header.writeInt32BE(records - 1, 23);
  header.writeInt32BE(records, 57);
  return Buffer.concat([header, ...body]);
}

/** The records of one partition within the answer to a fetch. */
function fetchOf(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

describe('a record batch of 150,000 records', () => {
  const large = Buffer.concat([batchOf(150_000, 0), batchOf(2, 150_000)]);

  it('ends the consumer in kafkajs as it comes, and is read whole and in order once it is patched', async () => {
    // When this fails, kafkajs has mended its reader and the patch can go.
    await expect(read(fetchOf(large))).rejects.toThrow(RangeError);

    patchLargeBatches(require);
    const records = await read(fetchOf(large));
    expect(records).toHaveLength(150_002);
    expect(records.every(({ offset }, index) => offset === String(index))).toBe(true);
    expect(String(records.at(-1)?.value)).toBe('x');
  });

  it('is left for the next fetch when this one ends amid it', async () => {
    patchLargeBatches(require);
    const cutOff = Buffer.concat([batchOf(3, 0), batchOf(150_000, 3).subarray(0, 500_000)]);

    expect(await read(fetchOf(cutOff))).toHaveLength(3);
    expect(await read(fetchOf(Buffer.alloc(0)))).toEqual([]);
  });
});
