import type { MessageOrigin, QueueLease, QueueMessage } from './queue-lease.js';
import { QueueStatus } from './queue-status.enum.js';

/** What the database functions tell of a message. */
export interface MessageRow {
  readonly seq: string;
  readonly message_id: string;
  readonly webhook_id: string;
  readonly type: string;
  readonly enqueued_at: Date;
  readonly body: Buffer;
  readonly end_point: string;
  readonly headers: Record<string, string>;
  readonly removed: boolean;
  readonly origin: MessageOrigin;
  readonly trace_parent: string | null;
  readonly previous_seq: string | null;
  readonly skipped: readonly string[] | null;
  readonly elsewhere: boolean;
}

/** A row of claim_queues and settle_attempts: a message with the lease that it was handed out under. */
export interface HeadRow extends MessageRow {
  readonly queue_id: string;
  readonly application_id: string;
  readonly organization_id: string;
  readonly lease_token: string;
  readonly attempts: number;
  readonly status: string;
  readonly backoff_min_ms: number | null;
  readonly backoff_max_ms: number | null;
  /** Absent where the head goes alone. */
  readonly may_run?: boolean;
}

/** `deadline` as in {@link QueueLease.deadline}; `behind`: rows of the messages behind the head. */
export function leaseOf(
  row: HeadRow,
  deadline: number,
  behind: readonly MessageRow[] = [],
): QueueLease {
  return {
    queueId: row.queue_id,
    applicationId: row.application_id,
    organizationId: row.organization_id,
    token: row.lease_token,
    status: row.status === 'BLOCKED' ? QueueStatus.BLOCKED : QueueStatus.HEALTHY,
    attempts: row.attempts,
    head: messageOf(row),
    behind: behind.map(messageOf),
    mayRun: row.may_run ?? false,
    backoff: { minMs: row.backoff_min_ms, maxMs: row.backoff_max_ms },
    deadline,
  };
}

export function messageOf(row: MessageRow): QueueMessage {
  return {
    seq: row.seq,
    messageId: row.message_id,
    webhookId: row.webhook_id,
    type: row.type,
    enqueuedAt: row.enqueued_at,
    body: row.body,
    endPoint: row.end_point,
    headers: row.headers,
    removed: row.removed,
    origin: row.origin,
    traceParent: row.trace_parent,
    place: {
      elsewhere: row.elsewhere,
      previous: row.previous_seq,
      skipped: row.skipped ?? [],
    },
  };
}
