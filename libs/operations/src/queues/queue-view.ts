/** A queue as operators see it. */
export interface QueueView {
  readonly integrationId: string;
  readonly integrationType: 'INTEGRATION' | 'OAUTH_CLIENT';
  readonly organizationId: string;
  readonly applicationId: string;
  readonly status: 'HEALTHY' | 'BLOCKED';
  readonly state: 'READY' | 'LOCKED';
  readonly depth: number;
  readonly oldestWaitingAt: Date | null;
  readonly headSeq: string;
  readonly pausedAt: Date | null;
  readonly suspendedAt: Date | null;
  readonly blockedAt: Date | null;
  readonly healthySince: Date | null;
  readonly attempts: number;
  readonly lastTriedAt: Date | null;
  readonly lastErrorCode: string | null;
  readonly lastErrorMessage: string | null;
  readonly nextAttemptAt: Date | null;
  readonly leaseOwner: string | null;
  readonly leaseUntil: Date | null;
  readonly messagesPerSecond: number | null;
  readonly recovery: RecoveryView;
}

export interface RecoveryView {
  readonly probes: boolean;
  readonly mode: 'PROBE' | 'MANUAL' | null;
  readonly backoffMinMs: number | null;
  readonly backoffMaxMs: number | null;
  readonly gaveUpAt: Date | null;
  readonly gaveUpReason: 'GONE' | 'NO_SUCCESS' | null;
}

/** A row of {@link QUEUE_COLUMNS}. */
export type QueueRow = Omit<QueueView, 'recovery'> & RecoveryView;

/**
 * Of `q` and, where {@link HEAD_MESSAGE} found it, the message at its head. $1: whether a queue without a
 * recovery mode of its own probes. A copy that a replay made waits since it was made, whatever the age
 * of its event is.
 */
export const QUEUE_COLUMNS = `
  q.integration_id AS "integrationId", q.integration_type AS "integrationType",
  q.organization_id AS "organizationId", q.application_id AS "applicationId", q.status,
  CASE WHEN q.lease_until > clock_timestamp() THEN 'LOCKED' ELSE 'READY' END AS state,
  (q.tail_seq - q.head_seq + 1)::integer AS depth, head.waiting_since AS "oldestWaitingAt",
  q.head_seq::text AS "headSeq", q.paused_at AS "pausedAt", q.suspended_at AS "suspendedAt",
  q.blocked_at AS "blockedAt", CASE WHEN q.status = 'HEALTHY' THEN q.healthy_since END AS "healthySince",
  q.attempts, q.last_tried_at AS "lastTriedAt", q.last_error_code AS "lastErrorCode",
  q.last_error AS "lastErrorMessage",
  CASE WHEN q.status = 'BLOCKED' AND queue_probes(q, $1) AND q.paused_at IS NULL
            AND q.suspended_at IS NULL AND isfinite(q.due_at) THEN q.due_at END AS "nextAttemptAt",
  CASE WHEN q.lease_until > clock_timestamp() THEN q.lease_owner END AS "leaseOwner",
  CASE WHEN q.lease_until > clock_timestamp() THEN q.lease_until END AS "leaseUntil",
  q.pace AS "messagesPerSecond", queue_probes(q, $1) AS probes, upper(q.recovery_mode) AS mode,
  q.backoff_min_ms AS "backoffMinMs", q.backoff_max_ms AS "backoffMaxMs", q.gave_up_at AS "gaveUpAt",
  upper(q.gave_up_reason) AS "gaveUpReason"`;

/** The newest partition is asked first, which for a queue that keeps up is the only one. */
export const HEAD_MESSAGE = `
  LEFT JOIN LATERAL (
    SELECT CASE WHEN m.origin IN ('replay', 'requeue') AND isfinite(m.stored_at) THEN m.stored_at
                ELSE m.enqueued_at END AS waiting_since
    FROM integration_queue_message m
    WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq AND m.stored_at < now() + interval '1 day'
    ORDER BY m.stored_at DESC LIMIT 1) head ON true`;

export function queueView(row: QueueRow): QueueView {
  const { probes, mode, backoffMinMs, backoffMaxMs, gaveUpAt, gaveUpReason, ...queue } = row;
  const recovery = { probes, mode, backoffMinMs, backoffMaxMs, gaveUpAt, gaveUpReason };
  return { ...queue, recovery };
}
