import { CATALOGUE } from '@app/events';
import type { DataSource } from 'typeorm';
import type { Found, PageRequest } from '../pages/page.js';
import type { QueueMessageView, SetAsideView } from './message-view.js';

/** One position of a queue: where it came from, and what became of it. */
export interface LedgerEntryView {
  readonly seq: string;
  readonly messageId: string;
  readonly webhookId: string;
  readonly type: string;
  readonly origin: QueueMessageView['origin'];
  /** Of its record; a test has none, and a copy that of the message that it repeats. */
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: string | null;
  readonly enqueuedAt: Date;
  readonly endPoint: string | null;
  readonly status: QueueMessageView['status'];
  readonly attemptCount: number;
  /** The last {@link SHOWN_ATTEMPTS}, the oldest first. */
  readonly attempts: readonly LedgerAttemptView[];
  readonly setAside: SetAsideView | null;
}

export interface LedgerAttemptView {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly outcome: string;
  readonly statusCode: number | null;
  readonly code: string | null;
}

export interface LedgerRange {
  /** Positions, both included; null: to the end. */
  readonly from?: string | null;
  readonly to?: string | null;
}

/** A message that is tried for weeks has thousands. */
const SHOWN_ATTEMPTS = 20;

const TOPICS = new Map<string, string>(CATALOGUE.map(({ topic, type }) => [type, topic]));

type JsonAttempt = Omit<LedgerAttemptView, 'startedAt'> & { readonly startedAt: string };

type LedgerRow = Omit<LedgerEntryView, 'topic' | 'attempts' | 'setAside'> & {
  readonly attempts: readonly JsonAttempt[] | null;
  readonly verdict: string | null;
} & SetAsideView;

/** Every position of a queue in order, with its record, its attempts and what operators decided. */
export class QueueLedgerQuery {
  constructor(private readonly dataSource: DataSource) {}

  async page(
    integrationId: string,
    { from, to }: LedgerRange,
    { first, after }: PageRequest,
  ): Promise<Found<LedgerEntryView>> {
    const rows = await this.dataSource.query<LedgerRow[]>(
      `SELECT m.seq::text AS seq, m.message_id AS "messageId", m.webhook_id AS "webhookId", m.type,
              upper(m.origin) AS origin, nullif(m.source_partition, -1) AS partition,
              CASE WHEN m.source_partition >= 0 THEN m.source_offset::text END AS "offset",
              m.enqueued_at AS "enqueuedAt", m.end_point AS "endPoint", s.status,
              a.count AS "attemptCount", a.shown AS attempts,
              aside.verdict, aside.decided_at AS "decidedAt", aside.actor AS "decidedBy", aside.reason,
              aside.requeued_seq::text AS "requeuedSeq"
       FROM (SELECT * FROM integration_queue_message m
             WHERE m.queue_id = $1 AND m.seq > $2::bigint AND m.seq >= coalesce($3::bigint, 1)
               AND m.seq <= coalesce($4::bigint, 9223372036854775807)
             ORDER BY m.seq LIMIT $5) m
       CROSS JOIN LATERAL (SELECT s.status FROM integration_queue_message_state s
                           WHERE s.integration_id = m.queue_id AND s.seq = m.seq LIMIT 1) s
       LEFT JOIN set_aside_message aside ON aside.queue_id = m.queue_id AND aside.seq = m.seq
       CROSS JOIN LATERAL (${ATTEMPTS}) a
       ORDER BY m.seq`,
      [integrationId, after ?? '0', from ?? null, to ?? null, first + 1],
    );
    return { rows: rows.map(entryOf) };
  }

  /** Position of the first message that was stored from then on, or of the last one before; null: there is none. */
  async position(integrationId: string, time: Date, side: 'from' | 'to'): Promise<string | null> {
    const which = side === 'from' ? ['>=', 'ASC'] : ['<=', 'DESC'];
    const [row] = await this.dataSource.query<{ seq: string }[]>(
      `SELECT m.seq::text AS seq FROM integration_queue_message m
       WHERE m.queue_id = $1 AND m.stored_at ${which[0]} $2 AND m.stored_at > '-infinity'
       ORDER BY m.seq ${which[1]} LIMIT 1`,
      [integrationId, time],
    );
    return row?.seq ?? null;
  }

  /** Delivered messages that were stored before are dropped, and with them their attempts. */
  async keptSince(): Promise<Date> {
    const [row] = await this.dataSource.query<{ since: Date }[]>(
      `SELECT greatest(
         (SELECT min(d.day) FROM day_partitions('integration_queue_message') d),
         (SELECT min(d.day) FROM day_partitions('delivery_attempt') d))::timestamp AT TIME ZONE 'UTC' AS since`,
    );
    return row?.since ?? new Date(0);
  }
}

const ATTEMPTS = `
  SELECT count(*)::integer AS count,
         json_agg(json_build_object('attempt', t.attempt, 'startedAt', t.started_at, 'durationMs', t.duration_ms,
                  'outcome', t.outcome, 'statusCode', t.status_code, 'code', t.code) ORDER BY t.started_at)
           FILTER (WHERE t.place <= ${SHOWN_ATTEMPTS}) AS shown
  FROM (SELECT a.*, row_number() OVER (ORDER BY a.started_at DESC) AS place FROM delivery_attempt a
        WHERE a.webhook_id = m.webhook_id AND a.seq = m.seq) t`;

function entryOf(row: LedgerRow): LedgerEntryView {
  const { verdict, decidedAt, decidedBy, reason, requeuedSeq, attempts, ...entry } = row;
  return {
    ...entry,
    topic: entry.partition === null ? null : (TOPICS.get(entry.type) ?? null),
    attempts: (attempts ?? []).map((each) => ({ ...each, startedAt: new Date(each.startedAt) })),
    setAside: verdict === null ? null : { decidedAt, decidedBy, reason, requeuedSeq },
  };
}
