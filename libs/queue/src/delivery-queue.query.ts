import type { DataSource } from 'typeorm';
import { QueueStatus } from './queue-status.enum.js';

/** How a queue goes on by itself once it is blocked. `gave_up`: not any more in this episode. */
export type QueueRecovery = 'probe' | 'manual' | 'gave_up';

/** `gone`: the receiver answered 410; `no_success`: it took nothing for too many days. */
export type GaveUpReason = 'gone' | 'no_success';

/** What the owner of a queue sees of it. */
export interface DeliveryQueue {
  readonly status: QueueStatus;
  /** Since when it has that status. */
  readonly since: Date;
  /** Of the failed attempt that blocks it, null where none does. */
  readonly lastErrorCode: string | null;
  readonly lastErrorMessage: string | null;
  readonly lastTriedAt: Date | null;
  /** Failed attempts of the head so far. */
  readonly attempts: number;
  /** Messages that have not had their turn, the one in flight included. */
  readonly depth: number;
  /** Since when the head waits in the queue; null where it is empty. */
  readonly oldestWaitingAt: Date | null;
  readonly oldestWaitingSeconds: number | null;
  /** When the head is tried again, the present where it is due; null where nothing is scheduled. */
  readonly nextAttemptAt: Date | null;
  readonly paused: boolean;
  readonly recovery: QueueRecovery;
  readonly gaveUpReason: GaveUpReason | null;
}

type DeliveryQueueRow = Omit<DeliveryQueue, 'depth'> & { readonly depth: string };

/**
 * One queue as its owner sees it. A copy of a message (a replay, a message put back) waits since it was
 * appended, whatever its date.
 */
export class DeliveryQueueQuery {
  constructor(
    private readonly dataSource: DataSource,
    private readonly options: { readonly probe: boolean },
  ) {}

  /** Undefined where there is no such queue. */
  async execute(queueId: string): Promise<DeliveryQueue | undefined> {
    const [row] = await this.dataSource.query<DeliveryQueueRow[]>(QUEUE, [
      queueId,
      this.options.probe,
    ]);
    return row && { ...row, depth: Number(row.depth) };
  }
}

/** The head is looked up as a sender does: the newest partition first, which mostly has it. */
const QUEUE = `
  SELECT q.status, CASE WHEN q.status = 'BLOCKED' THEN q.blocked_at ELSE q.healthy_since END AS since,
         q.last_error_code AS "lastErrorCode", q.last_error AS "lastErrorMessage",
         q.last_tried_at AS "lastTriedAt", q.attempts, q.tail_seq - q.head_seq + 1 AS depth,
         head.waits_since AS "oldestWaitingAt",
         CASE WHEN head.waits_since IS NOT NULL
              THEN greatest(0, floor(extract(epoch FROM clock_timestamp() - head.waits_since)))::integer
              END AS "oldestWaitingSeconds",
         CASE WHEN q.status = 'BLOCKED' AND q.paused_at IS NULL AND q.suspended_at IS NULL
                   AND (queue_probes(q, $2) OR q.due_at = '-infinity')
              THEN greatest(q.due_at, clock_timestamp()) END AS "nextAttemptAt",
         q.paused_at IS NOT NULL AS paused,
         CASE WHEN q.gave_up_at IS NOT NULL THEN 'gave_up'
              WHEN queue_probes(q, $2) THEN 'probe' ELSE 'manual' END AS recovery,
         q.gave_up_reason AS "gaveUpReason"
  FROM integration_queue q
  LEFT JOIN LATERAL (
    SELECT CASE WHEN isfinite(m.stored_at) THEN m.stored_at ELSE m.enqueued_at END AS waits_since
    FROM integration_queue_message m
    WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq AND m.stored_at < now() + interval '1 day'
    ORDER BY m.stored_at DESC LIMIT 1
  ) head ON true
  WHERE q.queue_id = $1`;
