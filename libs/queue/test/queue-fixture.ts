import { randomUUID } from 'node:crypto';
import type { DeliveredOutcome, FailedOutcome } from '@app/delivery';
import { IngestStore, QueueStore, type LeaseOptions, type QueueLease } from '@app/queue';
import { createTestDatabase, seedIntegration, seedWebhook, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import type { PartLimits } from '../src/bounded-parts.js';
import type { NewMessage } from '../src/ingest-batch.js';
import type { EnqueuedQueue } from '../src/ingest.store.js';
import type { Settlement } from '../src/settlement.js';

export const LEASE_MS = 30_000;

/** A queue with one webhook that receives every type. */
export interface TestQueue {
  readonly queueId: string;
  readonly organizationId: string;
  readonly webhookId: string;
}

export interface QueueRow {
  readonly status: string;
  readonly head_seq: string;
  readonly tail_seq: string;
  readonly lease_token: string;
  readonly lease_owner: string | null;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly blocked_at: Date | null;
  readonly last_tried_at: Date | null;
  readonly leased: boolean;
  /** Milliseconds from now; null where it is -infinity. */
  readonly due_in: number | null;
  readonly lease_left: number | null;
}

/** A database with stores on it, and what specs of queues do to set their scene. */
export class QueueFixture {
  constructor(
    readonly database: TestDatabase,
    readonly dataSource: DataSource,
  ) {}

  static async create(): Promise<QueueFixture> {
    const database = await createTestDatabase();
    return new QueueFixture(database, await database.dataSource());
  }

  drop(): Promise<void> {
    return this.database.drop();
  }

  ingest = (dataSource = this.dataSource, limits?: PartLimits): IngestStore =>
    new IngestStore(dataSource, limits);

  store(options: Partial<LeaseOptions> = {}, dataSource = this.dataSource): QueueStore {
    return new QueueStore(dataSource, {
      owner: 'test',
      leaseMs: LEASE_MS,
      probe: true,
      ...options,
    });
  }

  /** A store whose only session carries the given name, so that a spec can watch it wait. */
  async named(applicationName: string): Promise<{ ingest: IngestStore; store: QueueStore }> {
    const dataSource = await this.database.dataSource(undefined, { poolSize: 1, applicationName });
    return { ingest: this.ingest(dataSource), store: this.store({}, dataSource) };
  }

  queue(endPoint = 'http://127.0.0.1:1/'): Promise<TestQueue> {
    return this.queueOf(randomUUID(), endPoint);
  }

  /** One more of a customer. */
  async queueOf(organizationId: string, endPoint: string): Promise<TestQueue> {
    const { integrationId } = await seedIntegration(this.dataSource, { organizationId });
    const webhookId = await seedWebhook(this.dataSource, { integrationId, endPoint });
    return { queueId: integrationId, organizationId, webhookId };
  }

  queues(count: number): Promise<TestQueue[]> {
    return Promise.all(Array.from({ length: count }, () => this.queue()));
  }

  /** A queue with so many messages whose bodies are their numbers, from 1. */
  async filledQueue(messages: number): Promise<TestQueue> {
    const queue = await this.queue();
    await this.enqueue(messagesFor(queue, messages));
    return queue;
  }

  async enqueue(messages: readonly NewMessage[]): Promise<readonly EnqueuedQueue[]> {
    const result = await this.ingest().ingest({ messages, deadLetters: [], locations: [] });
    return result.queues;
  }

  /** Claims the one queue, which must be claimable. */
  async claimed(queue: TestQueue, store = this.store()): Promise<QueueLease> {
    const [lease] = await store.claim([queue.queueId]);
    if (!lease) throw new Error('the queue was not claimed');
    return lease;
  }

  /** Bodies in the order of the queue, with their numbers. */
  async stored({ queueId }: TestQueue): Promise<{ seqs: number[]; bodies: string[] }> {
    const rows = await this.database.query<{ seq: string; body: Buffer }>(
      'SELECT seq, body FROM integration_queue_message WHERE queue_id = $1 ORDER BY seq',
      [queueId],
    );
    return {
      seqs: rows.map((row) => Number(row.seq)),
      bodies: rows.map((row) => row.body.toString()),
    };
  }

  row({ queueId }: TestQueue): Promise<QueueRow> {
    return this.database.one<QueueRow & Record<string, unknown>>(
      `SELECT *, lease_until > clock_timestamp() AS leased,
         CASE WHEN isfinite(due_at)
           THEN (extract(epoch FROM due_at - clock_timestamp()) * 1000)::float8 END AS due_in,
         CASE WHEN isfinite(lease_until)
           THEN (extract(epoch FROM lease_until - clock_timestamp()) * 1000)::float8 END AS lease_left
       FROM integration_queue WHERE queue_id = $1`,
      [queueId],
    );
  }

  /** Writes columns of a queue directly, to bring it into a state that takes long to come about. */
  async set({ queueId }: TestQueue, assignments: string): Promise<void> {
    await this.database.query(`UPDATE integration_queue SET ${assignments} WHERE queue_id = $1`, [
      queueId,
    ]);
  }
}

/** Messages whose bodies are their numbers, from `first`. */
export function messagesFor(queue: TestQueue, count: number, first = 1): NewMessage[] {
  return Array.from({ length: count }, (_, index) => messageFor(queue, String(first + index)));
}

export function messageFor(
  queue: TestQueue,
  body: string,
  messageId: string = randomUUID(),
): NewMessage {
  const { queueId, webhookId, organizationId } = queue;
  return {
    queueId,
    messageId,
    webhookId,
    organizationId,
    type: 'order/created',
    partition: 0,
    offset: '0',
    body: Buffer.from(body),
    traceParent: null,
  };
}

export const DELIVERED: DeliveredOutcome = { kind: 'delivered', statusCode: 200, durationMs: 12 };

export const REJECTED: FailedOutcome = {
  kind: 'rejected',
  code: 'http_status',
  statusCode: 503,
  message: 'The endpoint answered 503 Service Unavailable',
  excerpt: Buffer.from('try later'),
  retryAfterMs: null,
  durationMs: 34.4,
};

export function settlement(lease: QueueLease, change: Partial<Settlement> = {}): Settlement {
  const startedAt = performance.now();
  return { lease, outcome: DELIVERED, startedAt, keep: true, retryInMs: 60_000, ...change };
}

/** Settles one lease; undefined where it was fenced. */
export async function settleOne(
  store: QueueStore,
  lease: QueueLease,
  change: Partial<Settlement> = {},
) {
  const settled = (await store.settle([settlement(lease, change)])).get(lease.queueId);
  if (settled?.kind === 'fenced') throw new Error('a store leaves fenced queues out');
  return settled;
}
