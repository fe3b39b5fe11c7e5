import { hash } from 'node:crypto';
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
  const time = Number(BigInt(timestamp) & TIMESTAMP_MASK)
    .toString(16)
    .padStart(12, '0');
  const digest = hash('sha256', `${topic}|${partition}|${offset}|${timestamp}|${webhookId}`);
  const variant = ((Number.parseInt(digest.charAt(4), 16) & 3) | 8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-8${digest.slice(1, 4)}-${variant}${digest.slice(5, 8)}-${digest.slice(8, 20)}`;
}
