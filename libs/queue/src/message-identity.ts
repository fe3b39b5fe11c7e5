import { createHash } from 'node:crypto';
import type { KafkaRecord } from '@app/events';

const TIMESTAMP_MASK = (1n << 48n) - 1n;

/**
 * The id of the message that a record becomes for a webhook: a UUIDv8 (RFC 9562) of 48 bits of the
 * record's timestamp and 74 bits of SHA-256 over its identity and the webhook.
 *
 * Deterministic, so that redelivery, rebalances and replays find the message already stored. The
 * time comes first so that the unique index grows at its right edge. The timestamp is part of the
 * identity because a topic that is deleted and made again starts over at offset 0.
 */
export function messageIdOf(record: KafkaRecord, webhookId: string): string {
  const { topic, partition, offset, timestamp } = record;
  const digest = createHash('sha256')
    .update(`${topic}|${partition}|${offset}|${timestamp}|${webhookId}`)
    .digest();
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Number(BigInt(timestamp) & TIMESTAMP_MASK), 0, 6);
  digest.copy(bytes, 6, 0, 10);
  bytes.writeUInt8(((bytes[6] ?? 0) & 0x0f) | 0x80, 6);
  bytes.writeUInt8(((bytes[8] ?? 0) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
