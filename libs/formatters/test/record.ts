import type { KafkaRecord, KafkaRecordHeaders } from '@app/events';

/** A record as the transport gives it: a string becomes its UTF-8 bytes, an object its JSON. */
export function recordOf(
  value: Buffer | string | object | null,
  topic = 'order.created',
  headers: KafkaRecordHeaders = {},
): KafkaRecord {
  const rest = { partition: 0, offset: '7', timestamp: '1710500000000', key: null, headers };
  return { topic, value: bytesOf(value), ...rest };
}

function bytesOf(value: Buffer | string | object | null): Buffer | null {
  if (value === null || Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
