import type { DeadLetter, KafkaRecord } from '@app/events';
import type { DataSource, EntityManager } from 'typeorm';
import type { LearntLocation, NewMessage } from './ingest-batch.js';

export interface IngestBatch {
  readonly messages: readonly NewMessage[];
  readonly deadLetters: readonly DeadLetter[];
  readonly locations: readonly LearntLocation[];
}

/** A queue that got messages. */
export interface EnqueuedQueue {
  readonly queueId: string;
  readonly inserted: number;
  /** The first of the new messages. */
  readonly messageId: string;
  readonly enqueuedAt: Date;
  /** Nobody was at work on it and it may be sent: it needs a wake-up. */
  readonly wake: boolean;
}

export interface IngestResult {
  readonly queues: readonly EnqueuedQueue[];
  /** Those of the batch that were not stored before; the others are redeliveries. */
  readonly deadLetters: readonly DeadLetter[];
}

interface EnqueuedRow {
  readonly queue_id: string;
  readonly inserted: number;
  readonly first_message: string;
  readonly wake: boolean;
  readonly enqueued_at: Date;
}

type Connection = DataSource | EntityManager;

/** ④ Stores what a batch of records became: all of it or nothing. */
export class IngestStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Commits before it resolves. Doing it again with the same batch stores nothing twice.
   *
   * Messages alone are one autocommitted statement; with dead letters or locations it is a
   * transaction, in which the queue rows are locked last, so that they are held for one round trip.
   */
  async ingest(batch: IngestBatch): Promise<IngestResult> {
    if (batch.deadLetters.length === 0 && batch.locations.length === 0) {
      return { queues: await enqueue(this.dataSource, batch.messages), deadLetters: [] };
    }
    return this.dataSource.transaction(async (transaction) => {
      const deadLetters = await keepDeadLetters(transaction, batch.deadLetters);
      await learnLocations(transaction, batch.locations);
      return { queues: await enqueue(transaction, batch.messages), deadLetters };
    });
  }

  /** What the location directory knows of these locations. */
  async organizationsOf(locationIds: Iterable<string>): Promise<Map<string, string>> {
    const rows = await this.dataSource.query<{ location_id: string; organization_id: string }[]>(
      'SELECT location_id, organization_id FROM location_directory WHERE location_id = ANY ($1)',
      [[...locationIds]],
    );
    return new Map(rows.map((row) => [row.location_id, row.organization_id]));
  }
}

async function enqueue(
  connection: Connection,
  messages: readonly NewMessage[],
): Promise<EnqueuedQueue[]> {
  if (messages.length === 0) return [];
  const rows = await connection.query<EnqueuedRow[]>(
    'SELECT * FROM enqueue_messages($1, $2, $3, $4, $5, $6, $7)',
    [
      messages.map((message) => message.queueId),
      messages.map((message) => message.messageId),
      messages.map((message) => message.webhookId),
      messages.map((message) => message.type),
      messages.map((message) => message.partition),
      messages.map((message) => message.offset),
      messages.map((message) => message.body),
    ],
  );
  return rows.map((row) => ({
    queueId: row.queue_id,
    inserted: row.inserted,
    messageId: row.first_message,
    enqueuedAt: row.enqueued_at,
    wake: row.wake,
  }));
}

/** In the order of their identity, so that two batches with the same records cannot deadlock. */
async function keepDeadLetters(
  transaction: EntityManager,
  deadLetters: readonly DeadLetter[],
): Promise<DeadLetter[]> {
  if (deadLetters.length === 0) return [];
  const stored = await transaction.query<{ topic: string; partition: number; offset: string }[]>(
    `INSERT INTO ingest_dead_letter
       (topic, partition, "offset", record_timestamp, key, headers, value, reason, detail)
     SELECT d.* FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bytea[],
                            $6::json[], $7::bytea[], $8::text[], $9::text[])
       AS d (topic, partition, "offset", record_timestamp, key, headers, value, reason, detail)
     ORDER BY d.topic, d.partition, d."offset"
     ON CONFLICT DO NOTHING RETURNING topic, partition, "offset"`,
    [
      deadLetters.map(({ record }) => record.topic),
      deadLetters.map(({ record }) => record.partition),
      deadLetters.map(({ record }) => record.offset),
      deadLetters.map(({ record }) => record.timestamp),
      deadLetters.map(({ record }) => record.key),
      deadLetters.map(({ record }) => headersJson(record)),
      deadLetters.map(({ record }) => record.value),
      deadLetters.map(({ reason }) => reason),
      deadLetters.map(({ detail }) => detail.replaceAll('\0', '')),
    ],
  );
  const isNew = new Set(stored.map((row) => `${row.topic} ${row.partition} ${row.offset}`));
  return deadLetters.filter(({ record: { topic, partition, offset } }) =>
    isNew.delete(`${topic} ${partition} ${offset}`),
  );
}

/** Values are bytes, so they are kept as Base64. */
function headersJson(record: KafkaRecord): string {
  const headers = Object.entries(record.headers).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => ({ name, value: Buffer.from(value).toString('base64') })),
  );
  return JSON.stringify(headers);
}

/** Rows are written in the order of their ids, so that two batches cannot wait for each other. */
async function learnLocations(
  transaction: EntityManager,
  locations: readonly LearntLocation[],
): Promise<void> {
  if (locations.length === 0) return;
  await transaction.query(
    `INSERT INTO location_directory (location_id, organization_id)
     SELECT * FROM unnest($1::text[], $2::text[]) AS l (location_id, organization_id) ORDER BY location_id
     ON CONFLICT (location_id) DO UPDATE SET organization_id = excluded.organization_id, learnt_at = clock_timestamp()
     WHERE location_directory.organization_id <> excluded.organization_id`,
    [
      locations.map((location) => location.locationId),
      locations.map((location) => location.organizationId),
    ],
  );
}
