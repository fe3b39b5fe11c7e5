import type { DataSource } from 'typeorm';
import type { AttemptPosition } from './attempt-cursor.js';

/** 'discarded': nothing was sent, because the webhook was removed. */
export type AttemptOutcome =
  | 'delivered'
  | 'rejected'
  | 'timed_out'
  | 'unreachable'
  | 'refused_address'
  | 'invalid_configuration'
  | 'discarded';

/** One attempt to deliver a message, as the owner of the webhook sees it. */
export interface DeliveryAttempt {
  readonly messageId: string;
  /** Counts the attempts of the message from 1. */
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
  readonly statusCode: number | null;
  readonly code: string | null;
  readonly error: string | null;
  /** The beginning of an answer that was refused. */
  readonly excerpt: Buffer | null;
  /** Null, like `isTest`, where the message is not kept any more. */
  readonly type: string | null;
  readonly isTest: boolean | null;
  readonly position: AttemptPosition;
}

export interface AttemptsOfWebhook {
  readonly webhookId: string;
  /** Its queue: what is another's is not found. */
  readonly queueId: string;
  readonly limit: number;
  /** Only what stands behind it, that is older attempts. */
  readonly after?: AttemptPosition | undefined;
}

type AttemptRow = Omit<DeliveryAttempt, 'position'> & AttemptPosition;

/**
 * Attempts of a webhook by the order of its queue, the newest first. The order is that of the primary
 * key, and rows are only ever added, so pages read one after the other have neither gaps nor repeats.
 */
export class DeliveryAttemptsQuery {
  constructor(private readonly dataSource: DataSource) {}

  async execute({
    webhookId,
    queueId,
    limit,
    after,
  }: AttemptsOfWebhook): Promise<DeliveryAttempt[]> {
    const rows = await this.dataSource.query<AttemptRow[]>(after ? NEXT_PAGE : FIRST_PAGE, [
      webhookId,
      queueId,
      limit,
      ...(after ? [after.seq, after.attempt, after.startedAtUs] : []),
    ]);
    return rows.map(({ seq, startedAtUs, ...row }) => ({
      ...row,
      position: { seq, attempt: String(row.attempt), startedAtUs },
    }));
  }
}

/** The message of an attempt was stored before it, a wrong clock allowed for: later partitions are not asked. */
const page = (behind: string): string => `
  SELECT a.message_id AS "messageId", a.attempt, a.started_at AS "startedAt", a.duration_ms AS "durationMs", a.outcome,
         a.status_code AS "statusCode", a.code, a.error, a.excerpt, message.type, message.origin = 'test' AS "isTest",
         a.seq, (extract(epoch FROM a.started_at) * 1000000)::bigint AS "startedAtUs"
  FROM (
    SELECT * FROM delivery_attempt
    WHERE webhook_id = $1 AND queue_id = $2 ${behind}
    ORDER BY seq DESC, attempt DESC, started_at DESC LIMIT $3
  ) a
  LEFT JOIN LATERAL (
    SELECT m.type, m.origin FROM integration_queue_message m
    WHERE m.queue_id = a.queue_id AND m.seq = a.seq AND m.stored_at < a.started_at + interval '1 day'
    ORDER BY m.stored_at DESC LIMIT 1
  ) message ON true
  ORDER BY a.seq DESC, a.attempt DESC, a.started_at DESC`;

const FIRST_PAGE = page('');

const NEXT_PAGE = page(`AND (seq, attempt, started_at) <
      ($4::bigint, $5::integer, timestamptz 'epoch' + $6::bigint * interval '1 microsecond')`);
