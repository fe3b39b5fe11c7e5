/**
 * One record as Kafka handed it over, undecoded. The bytes of `value` are what a subscriber will
 * receive, so nothing on the way may parse and write them again.
 */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  /** Decimal string: Kafka offsets are 64-bit integers. */
  readonly offset: string;
  /** Milliseconds since the epoch, decimal string, as the producer or the broker stamped it. */
  readonly timestamp: string;
  readonly key: Buffer | null;
  /** `null` is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: KafkaRecordHeaders;
}

/** A header name may occur several times; kafkajs then gives an array. */
export type KafkaRecordHeaders = Readonly<
  Record<string, Buffer | string | ReadonlyArray<Buffer | string> | undefined>
>;
