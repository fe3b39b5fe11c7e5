import { RetentionJob, RetentionStore, type RetentionOptions } from '@app/database';
import type { QueueLease, QueueStore } from '@app/queue';
import type { DataSource } from 'typeorm';
import { settlement, settleOne, type QueueFixture, type TestQueue } from './queue-fixture.js';
import { RecordingLog } from './recorders.js';

const DAY_MS = 24 * 3_600_000;

/** Days for which messages are kept, where a spec says nothing else. */
export const RETENTION_DAYS = 14;

/** Everything that is stored today is older than the retention then, and than what Kafka keeps. */
export const WEEKS_LATER = new Date(Date.now() + 20 * DAY_MS);

export const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS);

/** The job, without its timer, and what it logs. */
export function retention(
  dataSource: DataSource,
  options: Partial<RetentionOptions> = {},
): { readonly job: RetentionJob; readonly log: RecordingLog } {
  const log = new RecordingLog();
  const job = new RetentionJob(
    new RetentionStore(dataSource),
    { days: RETENTION_DAYS, redeliveredForDays: () => Promise.resolve(15), ...options },
    log,
  );
  return { job, log };
}

/** A run weeks later; then what is stored goes into a partition of today again. */
export async function age(fixture: QueueFixture, options: Partial<RetentionOptions> = {}) {
  const { job, log } = retention(fixture.dataSource, options);
  await job.run(WEEKS_LATER);
  await job.makePartitions();
  return log;
}

/** Moves what is stored of a queue from today to a day long ago, which is in another partition. */
export async function storedDaysAgo(
  fixture: QueueFixture,
  { queueId }: TestQueue,
  days: number,
): Promise<void> {
  await fixture.database.query(
    `SELECT add_partitions(clock_timestamp() - $1 * interval '1 day', clock_timestamp() - $1 * interval '1 day')`,
    [days],
  );
  await fixture.database.query(
    `UPDATE integration_queue_message SET stored_at = clock_timestamp() - $2 * interval '1 day'
     WHERE queue_id = $1 AND stored_at > now() - interval '1 day'`,
    [queueId, days],
  );
}

/** The partition of each of a queue's messages, in the order of the queue. */
export async function placesOf(
  fixture: QueueFixture,
  { queueId }: TestQueue,
): Promise<{ seq: number; place: string }[]> {
  const rows = await fixture.database.query<{ seq: string; place: string }>(
    `SELECT seq, tableoid::regclass::text AS place FROM integration_queue_message
     WHERE queue_id = $1 ORDER BY seq`,
    [queueId],
  );
  return rows.map(({ seq, place }) => ({
    seq: Number(seq),
    place: place.replace('integration_queue_message_', ''),
  }));
}

/** Delivers what can be sent now, and returns the bodies in the order in which they would have been sent. */
export async function drain(
  fixture: QueueFixture,
  queue: TestQueue,
  store: QueueStore = fixture.store(),
): Promise<string[]> {
  const sent: string[] = [];
  const [first] = await store.claim([queue.queueId]);
  for (let lease: QueueLease | undefined = first; lease;) {
    if (!lease.head.removed) sent.push(lease.head.body.toString());
    const outcome = lease.head.removed ? { outcome: { kind: 'discarded' as const } } : {};
    lease = (await settleOne(store, lease, outcome))?.next;
  }
  return sent;
}

/** Delivers everything of many queues, one message of each at a time. */
export async function drainTogether(
  fixture: QueueFixture,
  queues: readonly TestQueue[],
): Promise<void> {
  const store = fixture.store();
  let leases = await store.claim(queues.map(({ queueId }) => queueId));
  while (leases.length > 0) {
    const settled = await store.settle(leases.map((lease) => settlement(lease)));
    leases = [...settled.values()].flatMap((each) =>
      each.kind === 'settled' && each.next ? [each.next] : [],
    );
  }
}

export async function partitionsOf(fixture: QueueFixture, table: string): Promise<string[]> {
  const rows = await fixture.database.query<{ name: string }>(
    'SELECT name FROM day_partitions($1)',
    [table],
  );
  return rows.map(({ name }) => name);
}

/** The day of a time as partitions are named. */
export const dayOf = (time: Date): string => time.toISOString().slice(0, 10).replaceAll('-', '');
