import type { DataSource } from 'typeorm';
import type { Found, PageRequest } from '../pages/page.js';
import {
  type AttemptView,
  MESSAGE_COLUMNS,
  type QueueMessageView,
  type SetAsideView,
} from './message-view.js';

export type MessageCopyView = QueueMessageView & { readonly setAside: SetAsideView | null };

/** Replays of one message that are shown; the cost of an operation counts as many. */
const MOST_COPIES = 10;

/**
 * Where a message id stands in queues: by its identity where an event brought it, by the index of
 * copies where a replay or a test did, and among what was kept beyond the retention.
 */
const PLACES = `
  SELECT i.queue_id, i.seq FROM message_identity i WHERE i.message_id = $1
  UNION SELECT m.queue_id, m.seq FROM integration_queue_message m
        WHERE m.message_id = $1 AND m.origin <> 'event'
  UNION SELECT m.queue_id, m.seq FROM integration_queue_message_remainder m WHERE m.message_id = $1`;

type CopyRow = QueueMessageView & { readonly verdict: string | null } & SetAsideView;
type AttemptRow = Omit<AttemptView, 'excerpt'> & { readonly excerpt: Buffer | null };

/** One message with all that is known of it. */
export class MessageQuery {
  constructor(private readonly dataSource: DataSource) {}

  /** The newest first; none where it is not stored, or not any more. */
  async copies(messageId: string): Promise<MessageCopyView[]> {
    const rows = await this.dataSource.query<CopyRow[]>(
      `WITH place AS (${PLACES})
       SELECT ${MESSAGE_COLUMNS}, aside.verdict, aside.decided_at AS "decidedAt",
              aside.actor AS "decidedBy", aside.reason, aside.requeued_seq::text AS "requeuedSeq"
       FROM place p
       CROSS JOIN LATERAL (SELECT * FROM integration_queue_message_state s
                           WHERE s.integration_id = p.queue_id AND s.seq = p.seq LIMIT 1) s
       LEFT JOIN set_aside_message aside ON aside.queue_id = p.queue_id AND aside.seq = p.seq
       ORDER BY s.seq DESC LIMIT ${MOST_COPIES}`,
      [messageId],
    );
    return rows.map(({ verdict, decidedAt, decidedBy, reason, requeuedSeq, ...message }) => ({
      ...message,
      setAside: verdict === null ? null : { decidedAt, decidedBy, reason, requeuedSeq },
    }));
  }

  async bodyBytes({ integrationId, seq }: QueueMessageView): Promise<number | null> {
    const [row] = await this.dataSource.query<{ bytes: number }[]>(
      `SELECT octet_length(m.body) AS bytes FROM integration_queue_message m
       WHERE m.queue_id = $1 AND m.seq = $2 LIMIT 1`,
      [integrationId, seq],
    );
    return row?.bytes ?? null;
  }

  /** As it is signed and sent: every body is JSON, hence UTF-8. Null where it was dropped meanwhile. */
  async body({ integrationId, seq }: QueueMessageView): Promise<string | null> {
    const [row] = await this.dataSource.query<{ body: Buffer }[]>(
      `SELECT m.body FROM integration_queue_message m WHERE m.queue_id = $1 AND m.seq = $2 LIMIT 1`,
      [integrationId, seq],
    );
    return row?.body.toString('utf8') ?? null;
  }

  /** The newest first. */
  async attempts(
    { webhookId, seq }: QueueMessageView,
    { first, after }: PageRequest,
  ): Promise<Found<AttemptView>> {
    const [attempt = null, micros = null] = after?.split(' ') ?? [];
    const rows = await this.dataSource.query<AttemptRow[]>(
      `SELECT a.attempt || ' ' || (extract(epoch FROM a.started_at) * 1000000)::bigint AS key,
              a.attempt, a.started_at AS "startedAt", a.duration_ms AS "durationMs", a.outcome,
              a.status_code AS "statusCode", a.code, a.error, a.excerpt
       FROM delivery_attempt a
       WHERE a.webhook_id = $1 AND a.seq = $2 AND ($3::integer IS NULL OR (a.attempt, a.started_at) <
             ($3, timestamptz 'epoch' + $4::bigint * interval '1 microsecond'))
       ORDER BY a.attempt DESC, a.started_at DESC LIMIT $5`,
      [webhookId, seq, attempt, micros, first + 1],
    );
    // Receivers answer with whatever bytes they like: what is no UTF-8 is replaced.
    return {
      rows: rows.map((row) => ({ ...row, excerpt: row.excerpt?.toString('utf8') ?? null })),
    };
  }
}
