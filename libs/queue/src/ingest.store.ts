import type { DeadLetter, KafkaRecord } from '@app/events';
import type { DataSource, EntityManager } from 'typeorm';
import { partsOf, type PartLimits } from './bounded-parts.js';
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

/**
 * Bodies travel as one hexadecimal text a statement, several times as large in memory on both sides:
 * 1,000 records of 1 MiB with many subscribers each would exceed what a string can hold.
 */
const STATEMENT_LIMITS: PartLimits = { items: 2_000, bytes: 8 * 1024 * 1024 };

/** ④ Stores what a batch of records became: all of it or nothing. */
export class IngestStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly limits = STATEMENT_LIMITS,
  ) {}

  /**
   * Commits before it resolves. Doing it again with the same batch stores nothing twice.
   *
   * Messages alone are one autocommitted statement; with dead letters or locations, or where they
   * are too many for one statement, it is a transaction, in which the queue rows are locked last, so
   * that they are held as short as can be.
   */
  async ingest(batch: IngestBatch): Promise<IngestResult> {
    const parts = partsOf(batch.messages, ({ body }) => body.length, this.limits);
    const [only, ...others] = parts;
    if (!others.length && !batch.deadLetters.length && !batch.locations.length) {
      return { queues: only ? await enqueue(this.dataSource, only) : [], deadLetters: [] };
    }
    return this.dataSource.transaction(async (transaction) => {
      const deadLetters = await this.keepDeadLetters(transaction, batch.deadLetters);
      await learnLocations(transaction, batch.locations);
      return { queues: await enqueueParts(transaction, parts), deadLetters };
    });
  }

  /** In the order of their identity, so that two batches with the same records cannot deadlock. */
  private async keepDeadLetters(
    transaction: EntityManager,
    deadLetters: readonly DeadLetter[],
  ): Promise<DeadLetter[]> {
    const ordered = [...deadLetters].sort(byIdentity);
    const kept: DeadLetter[] = [];
    for (const part of partsOf(ordered, ({ record }) => bytesOf(record), this.limits)) {
      kept.push(...(await keepDeadLetters(transaction, part)));
    }
    return kept;
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

/**
 * Every statement locks its own queues in the order of their ids; two that follow each other would
 * not, so the queues of all parts are locked before the first.
 */
async function enqueueParts(
  transaction: EntityManager,
  parts: readonly (readonly NewMessage[])[],
): Promise<EnqueuedQueue[]> {
  if (parts.length > 1) {
    const queueIds = new Set(parts.flatMap((part) => part.map((message) => message.queueId)));
    await transaction.query(
      `SELECT FROM integration_queue WHERE queue_id = ANY ($1) ORDER BY queue_id FOR NO KEY UPDATE`,
      [[...queueIds]],
    );
  }
  const queues = new Map<string, EnqueuedQueue>();
  for (const part of parts) {
    for (const queue of await enqueue(transaction, part)) {
      const before = queues.get(queue.queueId);
      queues.set(queue.queueId, before ? together(before, queue) : queue);
    }
  }
  return [...queues.values()];
}

const together = (first: EnqueuedQueue, then: EnqueuedQueue): EnqueuedQueue => ({
  ...first,
  inserted: first.inserted + then.inserted,
  wake: first.wake || then.wake,
});

async function enqueue(
  connection: Connection,
  messages: readonly NewMessage[],
): Promise<EnqueuedQueue[]> {
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

/** As PostgreSQL orders them with the collation "C": names of topics are ASCII, offsets decimal. */
function byIdentity({ record: a }: DeadLetter, { record: b }: DeadLetter): number {
  return (
    order(a.topic, b.topic) ||
    a.partition - b.partition ||
    a.offset.length - b.offset.length ||
    order(a.offset, b.offset)
  );
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function bytesOf({ key, value, headers }: KafkaRecord): number {
  const ofHeaders = Object.values(headers).flatMap((values) => values ?? []);
  return [key, value, ...ofHeaders].reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);
}

async function keepDeadLetters(
  transaction: EntityManager,
  deadLetters: readonly DeadLetter[],
): Promise<DeadLetter[]> {
  const stored = await transaction.query<{ topic: string; partition: number; offset: string }[]>(
    `INSERT INTO ingest_dead_letter
       (topic, partition, "offset", record_timestamp, key, headers, value, reason, detail)
     SELECT d.* FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bytea[],
                            $6::json[], $7::bytea[], $8::text[], $9::text[])
       AS d (topic, partition, "offset", record_timestamp, key, headers, value, reason, detail)
     ORDER BY d.topic COLLATE "C", d.partition, d."offset"
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
