import type { DataSource } from 'typeorm';
import { QueueState } from './queue-state.enum.js';
import { QueueStatus } from './queue-status.enum.js';

/** What an operator sees of a queue. */
export interface QueueOverview {
  readonly integrationId: string;
  readonly organizationId: string;
  readonly status: QueueStatus;
  readonly state: QueueState;
  /** Messages waiting, the one in flight included. */
  readonly depth: number;
  readonly oldestWaitingAt: Date | null;
  /** Since when its application is suspended: it accepts messages and sends none. */
  readonly suspendedAt: Date | null;
  readonly blockedAt: Date | null;
  readonly attempts: number;
  readonly lastTriedAt: Date | null;
  readonly lastErrorMessage: string | null;
  /** Null where nothing is scheduled: the queue is healthy, or only an operator can unblock it. */
  readonly nextAttemptAt: Date | null;
}

type OverviewRow = Omit<QueueOverview, 'depth'> & { readonly depth: string };

/** Queues as operators see them, the longest waiting first. */
export class QueueOverviewQuery {
  constructor(
    private readonly dataSource: DataSource,
    private readonly options: { readonly probe: boolean },
  ) {}

  async execute(filter: {
    status?: QueueStatus;
    integrationId?: string;
  }): Promise<QueueOverview[]> {
    const rows = await this.dataSource.query<OverviewRow[]>(
      `SELECT q.integration_id AS "integrationId", q.organization_id AS "organizationId", q.status,
              CASE WHEN q.lease_until > clock_timestamp() THEN 'LOCKED' ELSE 'READY' END AS state,
              q.tail_seq - q.head_seq + 1 AS depth, head.enqueued_at AS "oldestWaitingAt",
              q.suspended_at AS "suspendedAt", q.blocked_at AS "blockedAt", q.attempts, q.last_tried_at AS "lastTriedAt",
              q.last_error AS "lastErrorMessage",
              CASE WHEN q.status = 'BLOCKED' AND $3 AND isfinite(q.due_at) THEN q.due_at END AS "nextAttemptAt"
       FROM integration_queue q
       LEFT JOIN integration_queue_message head ON head.queue_id = q.queue_id AND head.seq = q.head_seq
       WHERE ($1::text IS NULL OR q.status = $1) AND ($2::uuid IS NULL OR q.queue_id = $2)
       ORDER BY head.enqueued_at NULLS LAST, q.queue_id`,
      [filter.status ?? null, filter.integrationId ?? null, this.options.probe],
    );
    return rows.map((row) => ({ ...row, depth: Number(row.depth) }));
  }
}
