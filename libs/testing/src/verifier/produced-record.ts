import { digestOf } from './digest.js';

/**
 * A record that Kafka acknowledged to the producer. Two records of a topic should differ in their
 * bytes (a counter is enough): then a delivery says by itself which record it is of.
 */
export interface ProducedRecord {
  /** Without the prefix of the installation. */
  readonly topic: string;
  readonly partition: number;
  /** Decimal. */
  readonly offset: string;
  /** When the producer had the acknowledgement; wall time, milliseconds since the epoch. */
  readonly acknowledgedAt: number;
  readonly organizationId: string;
  /** `digestOf` the value. */
  readonly valueDigest: string;
  /**
   * `delivered` when not given: to every subscription that matches. `dead_letter`: made so that it can
   * become no message. `any`: either is right, but one of them has to be.
   */
  readonly expectation?: 'delivered' | 'dead_letter' | 'any';
}

/**
 * A record whose producer got an error in place of an acknowledgement. It may be in the log, once or
 * several times, or not at all: what it leads to is explained, and nothing has to come of it.
 */
export interface UncertainRecord {
  /** Without the prefix of the installation. */
  readonly topic: string;
  readonly organizationId: string;
  /** `digestOf` the value. */
  readonly valueDigest: string;
}

/** What a broker acknowledges of a batch, as kafkajs hands it on; of each partition one. */
export interface BatchAcknowledgement {
  readonly topicName: string;
  readonly partition: number;
  readonly baseOffset?: string;
}

export interface BatchRecord {
  readonly topic: string;
  /** Has to be chosen by the producer: an acknowledgement does not say which record went where. */
  readonly partition: number;
  readonly organizationId: string;
  readonly value: Buffer | string;
  readonly expectation?: 'delivered' | 'dead_letter' | 'any';
}

/**
 * The records of one acknowledged batch, with the offsets that they got. For a producer that does
 * not send a batch twice by itself (`retries: 0`, or idempotent): else one copy of each is unknown.
 *
 * @throws Error where a partition of the batch was not acknowledged with an offset.
 */
export function producedRecords(
  batch: readonly BatchRecord[],
  acknowledgements: readonly BatchAcknowledgement[],
  topicPrefix = '',
): ProducedRecord[] {
  const acknowledgedAt = Date.now();
  const next = new Map<string, bigint>();
  for (const { topicName, partition, baseOffset } of acknowledgements) {
    if (baseOffset !== undefined) next.set(`${topicName}/${partition}`, BigInt(baseOffset));
  }
  return batch.map(({ value, ...record }) => {
    const place = `${topicPrefix}${record.topic}/${record.partition}`;
    const offset = next.get(place);
    if (offset === undefined) throw new Error(`No offset was acknowledged for ${place}`);
    next.set(place, offset + 1n);
    return { ...record, offset: String(offset), acknowledgedAt, valueDigest: digestOf(value) };
  });
}
