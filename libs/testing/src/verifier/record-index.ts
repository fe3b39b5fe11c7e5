import { appendTo } from './grouping.js';
import type { ProducedRecord, UncertainRecord } from './produced-record.js';
import type { MessageRow } from './service-tables.js';
import { topicOfType } from './topics.js';

/** What the producer knows, found by position or by bytes. */
export class RecordIndex {
  /** By topic and partition, then by offset. */
  readonly #partitions = new Map<string, Map<number, ProducedRecord>>();
  readonly #uncertain: ReadonlySet<string>;
  #byDigest: Map<string, ProducedRecord[]> | undefined;

  constructor(
    private readonly produced: readonly ProducedRecord[],
    uncertain: readonly UncertainRecord[],
  ) {
    for (const record of produced) {
      const key = `${record.topic} ${record.partition}`;
      const known = this.#partitions.get(key);
      if (known === undefined)
        this.#partitions.set(key, new Map([[Number(record.offset), record]]));
      else known.set(Number(record.offset), record);
    }
    this.#uncertain = new Set(uncertain.map(({ topic, valueDigest }) => `${topic} ${valueDigest}`));
  }

  /** Null for a test event, which is of no record whatever its row says. */
  ofRow({ type, partition, offset, origin }: MessageRow): ProducedRecord | null {
    if (origin === 'test') return null;
    return this.#partitions.get(`${topicOfType(type) ?? ''} ${partition}`)?.get(offset) ?? null;
  }

  /** A record with these bytes, of the type's topic before any other. */
  withBytes(type: string, digest: string): ProducedRecord | null {
    const topic = topicOfType(type);
    // Made when it is needed: a message that is stored is found by its position.
    this.#byDigest ??= byDigest(this.produced);
    const same = this.#byDigest.get(digest);
    return same?.find((record) => record.topic === topic) ?? same?.[0] ?? null;
  }

  isUncertain(type: string, digest: string): boolean {
    return this.#uncertain.has(`${topicOfType(type) ?? ''} ${digest}`);
  }
}

function byDigest(produced: readonly ProducedRecord[]): Map<string, ProducedRecord[]> {
  const found = new Map<string, ProducedRecord[]>();
  for (const record of produced) appendTo(found, record.valueDigest, record);
  return found;
}

/** Tells the positions of all topics apart. */
export function positionKey(topic: string, partition: number, offset: number | string): string {
  return `${topic}/${partition}/${offset}`;
}
