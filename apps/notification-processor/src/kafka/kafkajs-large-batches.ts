import type { createRequire } from 'node:module';

/** The parts of kafkajs' protocol reader that the patch works with. */
interface Decoder {
  readInt32(): number;
  readBytes(size: number): Buffer;
  canReadBytes(size: number): boolean;
}
type DecoderClass = new (buffer: Buffer) => Decoder;
type Records = readonly unknown[];
type RecordBatchDecoder = (decoder: Decoder) => Promise<{ readonly records: Records }>;
type MessageSetDecoder = (decoder: Decoder, size: number) => Promise<Records>;

/** Where the format version stands in a record batch and in the message sets before it alike. */
const MAGIC_OFFSET = 16;
const RECORD_BATCH_MAGIC = 2;
/** Kept from kafkajs: what remains of a fetch is no batch if it is shorter. */
const RECORD_BATCH_OVERHEAD = 49;

/**
 * Lets kafkajs 2.2.4 read a record batch of any number of records. As it comes, it hands all records
 * of a batch to one call as arguments, and V8 takes some 120,000: with more, a RangeError ends the
 * consumer for good, in every replica that is given the partition. A compressed batch of tiny
 * records within the broker's default limit of 1 MiB can hold a multiple of that.
 *
 * To be called before the first fetch of the process: kafkajs loads this reader with it.
 */
export function patchLargeBatches(require: ReturnType<typeof createRequire>): void {
  const path = require.resolve('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js');
  require(path);
  const loaded = require.cache[path];
  if (loaded !== undefined) loaded.exports = createDecodeMessages(require);
}

function createDecodeMessages(require: ReturnType<typeof createRequire>) {
  const DecoderOf = require('kafkajs/src/protocol/decoder.js') as DecoderClass;
  const batchOf = require('kafkajs/src/protocol/recordBatch/v0/decoder.js') as RecordBatchDecoder;
  const setOf = require('kafkajs/src/protocol/messageSet/decoder.js') as MessageSetDecoder;

  return async (decoder: Decoder): Promise<Records> => {
    const size = decoder.readInt32();
    if (size <= 0 || !decoder.canReadBytes(size)) return [];
    const bytes = decoder.readBytes(size);
    const messages = new DecoderOf(bytes);
    if (bytes.readInt8(MAGIC_OFFSET) !== RECORD_BATCH_MAGIC) return setOf(messages, size);
    const batches: Records[] = [];
    while (messages.canReadBytes(RECORD_BATCH_OVERHEAD)) {
      try {
        batches.push((await batchOf(messages)).records);
      } catch (error) {
        // A fetch may end amid a batch, which then comes whole with the next one.
        if (error instanceof Error && error.name === 'KafkaJSPartialMessageError') break;
        throw error;
      }
    }
    return batches.flat();
  };
}
