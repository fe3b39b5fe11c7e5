import type { QueueNoticeKind } from '@app/events';
import type { DataSource } from 'typeorm';
import { type QueueNoticeRow, waitingNotice, type WaitingNotice } from './queue-notice-row.js';

/** `topic` is `applications.queue.status`, `webhook` the operator's. */
export type NoticeChannelName = 'topic' | 'webhook';

/** The right to send by a channel, until it runs out or is given back. */
export interface NoticeLease {
  readonly token: string;
  /** Tries that failed since the last success, by whichever replica. */
  readonly failures: number;
  /** On the monotonic clock of this process, in ms: it ends before the lease does. */
  readonly deadline: number;
}

/** An episode that has lasted so long gets a notice of this kind. */
export interface BlockedFor {
  readonly kind: QueueNoticeKind;
  readonly afterMs: number;
}

/** When a channel has taken a notice. */
const SENT_AT = { topic: 'emitted_at', webhook: 'posted_at' } as const;

/** Bounds a statement to a fraction of a second. */
const EXPIRED_AT_ONCE = 10_000;

/**
 * The outbox of notices (`queue_notice`) and who may empty it (`notice_channel`). Notices of episodes
 * that begin, are given up or end are written by the statements that make them so.
 */
export class NoticeStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly options: { readonly owner: string; readonly leaseMs: number },
  ) {}

  get leaseMs(): number {
    return this.options.leaseMs;
  }

  /** Leases the channel where something waits and nobody sends; else it writes nothing. */
  async claim(channel: NoticeChannelName): Promise<NoticeLease | undefined> {
    const deadline = performance.now() + this.options.leaseMs;
    const [[row]] = await this.dataSource.query<[Omit<NoticeLease, 'deadline'>[], number]>(
      `UPDATE notice_channel
       SET lease_token = lease_token + 1, lease_owner = $2,
           lease_until = clock_timestamp() + $3 * interval '1 millisecond'
       WHERE channel = $1 AND lease_until < clock_timestamp()
         AND EXISTS (SELECT FROM queue_notice WHERE ${SENT_AT[channel]} IS NULL)
       RETURNING lease_token AS token, failures`,
      [channel, this.options.owner, this.options.leaseMs],
    );
    return row && { ...row, deadline };
  }

  /** False: it had run out, and somebody else may send. */
  async renew(channel: NoticeChannelName, { token }: NoticeLease): Promise<boolean> {
    const [, renewed] = await this.dataSource.query<[unknown[], number]>(
      `UPDATE notice_channel SET lease_until = clock_timestamp() + $3 * interval '1 millisecond'
       WHERE channel = $1 AND lease_token = $2 AND lease_until > clock_timestamp()`,
      [channel, token, this.options.leaseMs],
    );
    return renewed === 1;
  }

  /**
   * Gives the channel back; nobody sends by it for `restMs`. One that was lost is left alone. A new
   * token: a renewal that comes late would lengthen the rest.
   */
  async release(
    channel: NoticeChannelName,
    { token }: NoticeLease,
    { failures, restMs }: { readonly failures: number; readonly restMs: number },
  ): Promise<void> {
    await this.dataSource.query(
      `UPDATE notice_channel SET lease_token = lease_token + 1, lease_owner = NULL, failures = $3,
         lease_until = clock_timestamp() + $4 * interval '1 millisecond'
       WHERE channel = $1 AND lease_token = $2`,
      [channel, token, failures, restMs],
    );
  }

  /**
   * The oldest that the channel has not taken. Rows of one queue are committed in the order of their
   * ids, because its row is locked meanwhile; a row of another queue may turn up late, with a lower id.
   */
  async waiting(channel: NoticeChannelName, limit: number): Promise<WaitingNotice[]> {
    const rows = await this.dataSource.query<QueueNoticeRow[]>(
      `SELECT id, notice_id, queue_id, organization_id, kind, episode, happened_at, detail
       FROM queue_notice WHERE ${SENT_AT[channel]} IS NULL ORDER BY id LIMIT $1`,
      [limit],
    );
    return rows.map(waitingNotice);
  }

  async markSent(channel: NoticeChannelName, ids: readonly string[]): Promise<void> {
    await this.dataSource.query(
      `UPDATE queue_notice SET ${SENT_AT[channel]} = clock_timestamp()
       WHERE id = ANY ($1::bigint[]) AND ${SENT_AT[channel]} IS NULL`,
      [ids],
    );
  }

  /** Notices that are older are not sent by the channel any more. Returns how many, bounded. */
  async expire(channel: NoticeChannelName, ageMs: number): Promise<number> {
    const [, expired] = await this.dataSource.query<[unknown[], number]>(
      `UPDATE queue_notice SET ${SENT_AT[channel]} = '-infinity'
       WHERE id = ANY (ARRAY(SELECT id FROM queue_notice
                       WHERE ${SENT_AT[channel]} IS NULL
                         AND happened_at < clock_timestamp() - $1 * interval '1 millisecond'
                       ORDER BY id LIMIT ${EXPIRED_AT_ONCE}))`,
      [ageMs],
    );
    return expired;
  }

  /**
   * Writes a notice for every episode that has lasted so long and has none of the kind yet, at most
   * for `limit` queues; returns how many. Queues that are locked at this moment are left to the next
   * time: with the row locked no notice comes behind that of the recovery.
   *
   * Reads all of the queue table, which has no index on what changes (ADR 30 has what that takes).
   */
  async addStillBlocked(thresholds: readonly BlockedFor[], limit: number): Promise<number> {
    const rows = await this.dataSource.query<unknown[]>(ADD_STILL_BLOCKED, [
      thresholds.map(({ kind }) => kind),
      thresholds.map(({ afterMs }) => afterMs),
      limit,
    ]);
    return rows.length;
  }
}

/**
 * The rows of a queue that has passed several thresholds come in their order. Where another replica
 * does the same the constraint on queue, episode and kind leaves one row.
 */
const ADD_STILL_BLOCKED = `
WITH threshold AS MATERIALIZED (
  SELECT t.kind, now() - t.after_ms * interval '1 millisecond' AS before
  FROM unnest($1::text[], $2::float8[]) AS t (kind, after_ms)
), untold AS MATERIALIZED (
  SELECT DISTINCT q.queue_id
  FROM integration_queue q JOIN threshold t ON q.blocked_at < t.before
  WHERE q.status = 'BLOCKED'
    AND NOT EXISTS (SELECT FROM queue_notice n
                    WHERE n.queue_id = q.queue_id AND n.episode = q.blocked_at AND n.kind = t.kind)
  LIMIT $3
), blocked AS MATERIALIZED (
  SELECT q.queue_id, q.organization_id, q.blocked_at, q.head_seq, q.tail_seq - q.head_seq + 1 AS depth, q.attempts,
         q.last_error_code, q.last_error
  FROM integration_queue q
  WHERE q.queue_id IN (SELECT u.queue_id FROM untold u) AND q.status = 'BLOCKED'
  FOR NO KEY UPDATE OF q SKIP LOCKED
)
INSERT INTO queue_notice (queue_id, organization_id, kind, episode, detail)
SELECT q.queue_id, q.organization_id, t.kind, q.blocked_at,
       json_build_object('messageId', m.message_id, 'webhookId', m.webhook_id, 'attempts', q.attempts, 'depth', q.depth,
                         'code', q.last_error_code, 'statusCode', tried.status_code, 'error', q.last_error)
FROM blocked q
JOIN threshold t ON q.blocked_at < t.before
CROSS JOIN LATERAL (SELECT m.message_id, m.webhook_id FROM integration_queue_message m
                    WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq ORDER BY m.stored_at DESC LIMIT 1) m
LEFT JOIN LATERAL (SELECT a.status_code FROM delivery_attempt a
                   WHERE a.webhook_id = m.webhook_id AND a.seq = q.head_seq
                   ORDER BY a.attempt DESC, a.started_at DESC LIMIT 1) tried ON true
ORDER BY t.before DESC, q.queue_id
ON CONFLICT (queue_id, episode, kind) DO NOTHING
RETURNING id`;
