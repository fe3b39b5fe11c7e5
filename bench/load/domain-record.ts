/** Bytes of a record's value: the size that all figures are about. */
export const RECORD_BYTES = 1_000;

/** The topic of all records, without its prefix. */
export const RECORD_TOPIC = 'order.created';

export interface RecordFacts {
  readonly organizationId: string;
  /** Number of the entity, the Kafka key: Kafka and the service keep the order of its records. */
  readonly entity: number;
  /** From 1, by entity. */
  readonly number: number;
  /** Monotonic microseconds when it was produced; 0 where nobody measures its latency. */
  readonly at: number;
}

/** `DeliveryLedger` finds `entity`, `number` and `at` by their place: they come first, in this order. */
export function recordOf({ entity, number, at, organizationId }: RecordFacts): Buffer {
  const facts = JSON.stringify({ entity, number, at, organizationId });
  const start = `${facts.slice(0, -1)},"filling":"`;
  return Buffer.from(`${start.padEnd(RECORD_BYTES - 2, 'x')}"}`);
}
