import type { DataSource } from 'typeorm';

/** All queues together, as of one statement. */
export interface QueueTotals {
  readonly healthy: number;
  readonly blocked: number;
  /** Of both: their application is suspended, so nothing is sent. */
  readonly suspended: number;
  /** Of both: an operator paused them. */
  readonly paused: number;
  /** Of the blocked ones: not tried any more until somebody intervenes. */
  readonly givenUp: number;
  /** Messages that are not delivered yet, those in flight included. */
  readonly waiting: number;
  /** How long the longest blocked queue has been blocked; 0 without any. */
  readonly longestBlockedSeconds: number;
  /** See {@link QueueTotalsQuery}; 0 where nothing waits. */
  readonly oldestHeadSeconds: number;
  readonly oldestSendableHeadSeconds: number;
}

/** How many heads of either sort are looked at. */
const HEADS = 500;

/**
 * What there is in all queues, cheap enough for every scrape: it reads the narrow queue table and at
 * most 1,000 messages, however many queues wait. 100,000 queues that all wait take some 80 ms.
 *
 * The age of a head is not in its queue's row. Looked at are the heads of the 500 sendable queues
 * (HEALTHY, neither suspended nor paused, without a backlog that drains at a pace) that were not tried
 * for longest, and of the 500 others that have been blocked, suspended or paused for longest. Up to 500
 * waiting queues of a sort the oldest head is exact; beyond, it is at least as old as is said. A copy
 * (replayed, requeued) is as old as the copy, unless it is kept beyond the retention.
 */
export class QueueTotalsQuery {
  constructor(private readonly dataSource: DataSource) {}

  async execute(): Promise<QueueTotals> {
    const [totals] = await this.dataSource.query<[QueueTotals]>(SQL, [HEADS]);
    return totals;
  }
}

/** 0 where there is no such moment, so that a series does not come and go. */
const secondsSince = (moment: string): string =>
  `greatest(0, extract(epoch FROM clock_timestamp() - ${moment}))::float8`;

/** What waits in such a queue waits for nothing but its turn. */
const SENDABLE = `q.status = 'HEALTHY' AND q.suspended_at IS NULL AND q.paused_at IS NULL AND q.pace IS NULL`;

const SQL = `
  WITH heads AS (
    (SELECT q.queue_id, q.head_seq, true AS sendable FROM integration_queue q
     WHERE q.head_seq <= q.tail_seq AND ${SENDABLE}
     ORDER BY q.last_tried_at NULLS FIRST LIMIT $1)
    UNION ALL
    (SELECT q.queue_id, q.head_seq, false FROM integration_queue q
     WHERE q.head_seq <= q.tail_seq AND NOT (${SENDABLE})
     ORDER BY least(q.blocked_at, q.suspended_at, q.paused_at) LIMIT $1)
  ), oldest AS (
    SELECT min(m.waiting_since) AS of_all, min(m.waiting_since) FILTER (WHERE heads.sendable) AS sendable
    FROM heads CROSS JOIN LATERAL (
      SELECT greatest(m.enqueued_at, m.stored_at) AS waiting_since FROM integration_queue_message m
      WHERE m.queue_id = heads.queue_id AND m.seq = heads.head_seq AND m.stored_at < now() + interval '1 day'
      ORDER BY m.stored_at DESC LIMIT 1) m
  ), totals AS (
    SELECT count(*) FILTER (WHERE status = 'HEALTHY')::int AS healthy,
           count(*) FILTER (WHERE status = 'BLOCKED')::int AS blocked,
           count(suspended_at)::int AS suspended,
           count(paused_at)::int AS paused,
           count(gave_up_at)::int AS "givenUp",
           coalesce(sum(tail_seq - head_seq + 1), 0)::float8 AS waiting,
           min(blocked_at) AS blocked_at
    FROM integration_queue
  )
  SELECT healthy, blocked, suspended, paused, "givenUp", waiting,
         ${secondsSince('blocked_at')} AS "longestBlockedSeconds",
         ${secondsSince('of_all')} AS "oldestHeadSeconds",
         ${secondsSince('sendable')} AS "oldestSendableHeadSeconds"
  FROM totals CROSS JOIN oldest`;
