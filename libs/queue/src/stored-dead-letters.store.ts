import type { DeadLetterReason, KafkaRecord } from '@app/events';
import type { DataSource } from 'typeorm';

/** Which dead letters; what is absent is any. Those that were re-driven before are left out. */
export interface DeadLetterSelection {
  /** Decimal string. */
  readonly id?: string | undefined;
  readonly topic?: string | undefined;
  readonly reason?: DeadLetterReason | undefined;
  /** By the time at which they were stored: this one included, */
  readonly receivedFrom?: Date | undefined;
  /** and this one not. */
  readonly receivedTo?: Date | undefined;
}

/** A dead letter with its record, as Kafka handed it over. */
export interface StoredDeadLetter {
  /** Decimal string (64-bit). */
  readonly id: string;
  readonly reason: DeadLetterReason;
  readonly record: KafkaRecord;
}

interface Row {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly record_timestamp: string;
  readonly key: Buffer | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly value: Buffer | null;
  readonly reason: DeadLetterReason;
}

const SELECTED = `redriven_at IS NULL AND ($1::bigint IS NULL OR id = $1) AND ($2::text IS NULL OR topic = $2)
  AND ($3::text IS NULL OR reason = $3) AND ($4::timestamptz IS NULL OR received_at >= $4)
  AND ($5::timestamptz IS NULL OR received_at < $5)`;

const columns = (selection: DeadLetterSelection): unknown[] => [
  selection.id ?? null,
  selection.topic ?? null,
  selection.reason ?? null,
  selection.receivedFrom ?? null,
  selection.receivedTo ?? null,
];

/** Dead letters as they are re-driven: oldest first, in pages, each marked when it became messages. */
export class StoredDeadLettersStore {
  constructor(private readonly dataSource: DataSource) {}

  async count(selection: DeadLetterSelection): Promise<number> {
    const [row] = await this.dataSource.query<{ n: number }[]>(
      `SELECT count(*)::integer AS n FROM ingest_dead_letter WHERE ${SELECTED}`,
      columns(selection),
    );
    return row?.n ?? 0;
  }

  /** Those after `cursor`, an id, in the order in which they were stored. */
  async page(
    selection: DeadLetterSelection,
    cursor: string,
    limit: number,
  ): Promise<StoredDeadLetter[]> {
    const rows = await this.dataSource.query<Row[]>(
      `SELECT id, topic, partition, "offset", record_timestamp, key, headers, value, reason
       FROM ingest_dead_letter WHERE ${SELECTED} AND id > $6 ORDER BY id LIMIT $7`,
      [...columns(selection), cursor, limit],
    );
    return rows.map(({ id, reason, ...row }) => ({ id, reason, record: recordOf(row) }));
  }

  /** Leaves out those that somebody else has marked meanwhile; returns how many were marked. */
  async markRedriven(ids: readonly string[], actor: string): Promise<number> {
    const rows = await this.dataSource.query<[unknown[], number]>(
      `UPDATE ingest_dead_letter SET redriven_at = clock_timestamp(), redriven_by = $2
       WHERE id = ANY ($1) AND redriven_at IS NULL`,
      [ids, actor],
    );
    return rows[1];
  }
}

/** Names that occur several times become an array, as kafkajs has it. */
function recordOf(row: Omit<Row, 'id' | 'reason'>): KafkaRecord {
  const headers = new Map<string, Buffer[]>();
  for (const { name, value } of row.headers) {
    headers.set(name, [...(headers.get(name) ?? []), Buffer.from(value, 'base64')]);
  }
  const { topic, partition, offset, key, value } = row;
  return {
    topic,
    partition,
    offset,
    timestamp: row.record_timestamp,
    key,
    value,
    headers: Object.fromEntries(headers),
  };
}
