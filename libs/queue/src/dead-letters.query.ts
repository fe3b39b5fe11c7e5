import type { DeadLetterReason } from '@app/events';
import type { DataSource } from 'typeorm';

/** A record that could not become a message, as operators see it. */
export interface DeadLetterOverview {
  readonly id: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch as Kafka gave them. */
  readonly timestamp: number;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly receivedAt: Date;
  /** UTF-8 where it is that, else null; `keyBase64` has the bytes. */
  readonly key: string | null;
  readonly keyBase64: string | null;
  readonly valueBytes: number | null;
}

interface DeadLetterRow {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly record_timestamp: string;
  readonly key: Buffer | null;
  readonly value_bytes: number | null;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly received_at: Date;
}

/** The newest dead letters, newest first. The value itself is not listed: it may be a megabyte. */
export class DeadLettersQuery {
  constructor(private readonly dataSource: DataSource) {}

  async execute(filter: {
    readonly reason?: string | undefined;
    readonly topic?: string | undefined;
    readonly limit: number;
  }): Promise<DeadLetterOverview[]> {
    const rows = await this.dataSource.query<DeadLetterRow[]>(
      `SELECT id, topic, partition, "offset", record_timestamp, key, octet_length(value) AS value_bytes,
              reason, detail, received_at
       FROM ingest_dead_letter
       WHERE ($1::text IS NULL OR reason = $1) AND ($2::text IS NULL OR topic = $2)
       ORDER BY id DESC LIMIT $3`,
      [filter.reason ?? null, filter.topic ?? null, filter.limit],
    );
    return rows.map(overviewOf);
  }
}

function overviewOf(row: DeadLetterRow): DeadLetterOverview {
  const text = row.key?.toString('utf8');
  const isText = text !== undefined && Buffer.from(text, 'utf8').equals(row.key ?? Buffer.alloc(0));
  return {
    id: Number(row.id),
    topic: row.topic,
    partition: row.partition,
    offset: Number(row.offset),
    timestamp: Number(row.record_timestamp),
    reason: row.reason,
    detail: row.detail,
    receivedAt: row.received_at,
    key: isText ? text : null,
    keyBase64: row.key?.toString('base64') ?? null,
    valueBytes: row.value_bytes,
  };
}
