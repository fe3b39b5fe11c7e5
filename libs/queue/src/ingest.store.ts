import type { DeadLetter } from '@app/events';
import type { DataSource, EntityManager } from 'typeorm';
import { byteaArray, plainArray } from './array-parameter.js';
import { partsOf, type PartLimits } from './bounded-parts.js';
import { keepDeadLetters } from './dead-letters.store.js';
import type { LearntLocation, NewMessage } from './ingest-batch.js';
import { milliseconds } from './interval-parameter.js';
import type { QueueLease } from './queue-lease.js';
import { SubscriptionsChangedError } from './queue.errors.js';
import { takenLease, type TakenRow } from './taken-lease.js';

export interface IngestBatch {
  readonly messages: readonly NewMessage[];
  readonly deadLetters: readonly DeadLetter[];
  readonly locations: readonly LearntLocation[];
  /**
   * The version of an organization's subscriptions by which its messages were made. Where one has changed
   * nothing is stored, and SubscriptionsChangedError thrown. Only compared where there are messages.
   */
  readonly versions?: ReadonlyMap<string, string>;
}

/** A queue that got messages. */
export interface EnqueuedQueue {
  readonly queueId: string;
  readonly inserted: number;
  /** The first of the new messages. */
  readonly messageId: string;
  readonly enqueuedAt: Date;
  /** Nobody was at work on it and it may be sent: it needs a wake-up, where it was not leased. */
  readonly wake: boolean;
  /** It was leased to this process, with what was enqueued. */
  readonly lease: QueueLease | undefined;
}

/** How idle queues are leased by the transaction that enqueues into them. */
export interface TakingOptions {
  /** As those of the queue store. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly runMessages: number;
}

export interface IngestResult {
  readonly queues: readonly EnqueuedQueue[];
  /** Those of the batch that were not stored before; the others are redeliveries. */
  readonly deadLetters: readonly DeadLetter[];
}

interface EnqueuedRow extends TakenRow {
  readonly inserted: number;
  readonly first_message: string;
  readonly wake: boolean;
}

/** The one row where an organization has another version. */
interface NothingStored {
  readonly queue_id: null;
}

type Connection = DataSource | EntityManager;

/** What goes with the messages of a statement. */
interface Terms {
  readonly taking?: TakingOptions & { readonly takeable: ReadonlySet<string> };
  readonly versions?: ReadonlyMap<string, string> | undefined;
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Bodies travel as one parameter a statement, which is in memory several times, on both sides: 1,000
 * records of 1 MiB with many subscribers each would exceed what a message to the database can hold.
 */
const STATEMENT_LIMITS: PartLimits = { items: 2_000, bytes: 8 * 1024 * 1024 };

/** ④ Stores what a batch of records became: all of it or nothing. */
export class IngestStore {
  /** `taking`: without it no queue is leased. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly limits = STATEMENT_LIMITS,
    private readonly taking?: TakingOptions,
  ) {}

  /**
   * Commits before it resolves. Doing it again with the same batch stores nothing twice.
   *
   * Messages alone are one autocommitted statement; with dead letters or locations, or where they
   * are too many for one statement, it is a transaction, in which the queue rows are locked last, so
   * that they are held as short as can be.
   *
   * Of the queues in `takeable` those that were idle are leased; not in a transaction of several parts.
   */
  async ingest(batch: IngestBatch, takeable: ReadonlySet<string> = NOTHING): Promise<IngestResult> {
    const parts = partsOf(batch.messages, ({ body }) => body.length, this.limits);
    const [only, ...others] = parts;
    if (!others.length && !batch.deadLetters.length && !batch.locations.length) {
      const terms = { ...this.taken(takeable), versions: batch.versions };
      return { queues: only ? await enqueue(this.dataSource, only, terms) : [], deadLetters: [] };
    }
    return this.dataSource.transaction(async (transaction) => {
      const deadLetters = await keepDeadLetters(transaction, batch.deadLetters, this.limits);
      await learnLocations(transaction, batch.locations);
      return { queues: await enqueueParts(transaction, parts, batch.versions), deadLetters };
    });
  }

  private taken(takeable: ReadonlySet<string>): Terms {
    const { taking } = this;
    return taking && takeable.size > 0 ? { taking: { ...taking, takeable } } : {};
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
  versions: Terms['versions'],
): Promise<EnqueuedQueue[]> {
  if (parts.length > 1) {
    const queueIds = new Set(parts.flatMap((part) => part.map((message) => message.queueId)));
    await transaction.query(
      `SELECT FROM integration_queue WHERE queue_id = ANY ($1) ORDER BY queue_id FOR NO KEY UPDATE`,
      [[...queueIds]],
    );
  }
  const queues = new Map<string, EnqueuedQueue>();
  for (const [index, part] of parts.entries()) {
    for (const queue of await enqueue(transaction, part, index === 0 ? { versions } : {})) {
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
  { taking, versions }: Terms,
): Promise<EnqueuedQueue[]> {
  const deadline = performance.now() + (taking?.leaseMs ?? 0);
  const rows = await connection.query<(EnqueuedRow | NothingStored)[]>(
    'SELECT * FROM enqueue_messages($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)',
    [
      plainArray(messages.map((message) => message.queueId)),
      plainArray(messages.map((message) => message.messageId)),
      plainArray(messages.map((message) => message.webhookId)),
      messages.map((message) => message.type),
      plainArray(messages.map((message) => message.partition)),
      plainArray(messages.map((message) => message.offset)),
      byteaArray(messages.map((message) => message.body)),
      messages.map((message) => message.traceParent),
      taking ? plainArray(messages.map(({ queueId }) => taking.takeable.has(queueId))) : null,
      taking?.owner ?? null,
      taking ? milliseconds(taking.leaseMs) : null,
      taking?.runMessages ?? null,
      versions ? [...versions.keys()] : null,
      versions ? plainArray([...versions.values()]) : null,
    ],
  );
  if (!rows.every(isStored)) throw new SubscriptionsChangedError();
  const byId = taking && new Map(messages.map((message) => [message.messageId, message]));
  return rows.map((row) => ({
    queueId: row.queue_id,
    inserted: row.inserted,
    messageId: row.first_message,
    enqueuedAt: row.enqueued_at,
    wake: row.wake,
    lease: byId && takenLease(row, byId, deadline),
  }));
}

const isStored = (row: EnqueuedRow | NothingStored): row is EnqueuedRow => row.queue_id !== null;

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
