import type { KafkaRecord, KafkaRecordHeaders } from '@app/events';
import type { KafkaMessage } from 'kafkajs';

/** Gives a fetched message as a record under its unprefixed topic; no byte is decoded or copied. */
export function toKafkaRecord(
  topic: string,
  partition: number,
  message: KafkaMessage,
): KafkaRecord {
  return {
    topic,
    partition,
    offset: message.offset,
    timestamp: message.timestamp,
    key: message.key,
    value: message.value,
    headers: readHeaders(message.headers),
  };
}

const NO_HEADERS: KafkaRecordHeaders = Object.freeze({});

/**
 * kafkajs collects headers in a plain object, so a header named `constructor` arrives in an array
 * beside the inherited function, and a header without a value is null. Only bytes are passed on.
 */
function readHeaders(headers: KafkaMessage['headers']): KafkaRecordHeaders {
  const names = Object.keys(headers ?? {});
  if (headers === undefined || names.length === 0) return NO_HEADERS;
  const read: Record<string, Buffer | Buffer[]> = Object.create(null) as Record<string, Buffer>;
  for (const name of names) {
    const value: unknown = headers[name];
    const buffers = (Array.isArray(value) ? value : [value]).filter((one) => Buffer.isBuffer(one));
    const [only] = buffers;
    if (only !== undefined) read[name] = buffers.length === 1 ? only : buffers;
  }
  return read;
}
