import type { ProducedRecord, UncertainRecord } from './produced-record.js';
import type { MessageRow } from './service-tables.js';
import { topicOfType } from './topics.js';

/** What the producer knows, found by position or by bytes. */
export class RecordIndex {
  readonly #byPosition = new Map<string, ProducedRecord>();
  readonly #byDigest = new Map<string, ProducedRecord[]>();
  readonly #uncertain: ReadonlySet<string>;

  constructor(produced: readonly ProducedRecord[], uncertain: readonly UncertainRecord[]) {
    for (const record of produced) {
      this.#byPosition.set(positionKey(record.topic, record.partition, record.offset), record);
      const same = this.#byDigest.get(record.valueDigest);
      if (same === undefined) this.#byDigest.set(record.valueDigest, [record]);
      else same.push(record);
    }
    this.#uncertain = new Set(uncertain.map(({ topic, valueDigest }) => `${topic} ${valueDigest}`));
  }

  /** Null for a test event, which is of no record whatever its row says. */
  ofRow({ type, partition, offset, origin }: MessageRow): ProducedRecord | null {
    if (origin === 'test') return null;
    return this.#byPosition.get(positionKey(topicOfType(type) ?? '', partition, offset)) ?? null;
  }

  /** A record with these bytes, of the type's topic before any other. */
  withBytes(type: string, digest: string): ProducedRecord | null {
    const topic = topicOfType(type);
    const same = this.#byDigest.get(digest);
    return same?.find((record) => record.topic === topic) ?? same?.[0] ?? null;
  }

  isUncertain(type: string, digest: string): boolean {
    return this.#uncertain.has(`${topicOfType(type) ?? ''} ${digest}`);
  }
}

/** Tells the positions of all topics apart. */
export function positionKey(topic: string, partition: number, offset: number | string): string {
  return `${topic}/${partition}/${offset}`;
}
