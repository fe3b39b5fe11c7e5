import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';
import { claim, KEYED_PLANS } from './1763700000001-queue-order.js';
import { setApplicationStatus } from './1764100000001-webhook-changes.js';

/**
 * The functions that keep order (see the migration "queue-order" for their rules) on partitioned
 * tables, with recovery per queue, pauses, messages set aside, and a pace for draining backlogs.
 *
 * Further parameters have defaults and further columns come last, so replicas of the version before
 * call them as they did.
 */
export class QueueRecovery1764300000002 implements MigrationInterface {
  readonly name = 'QueueRecovery1764300000002';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [
      PROBES,
      CLAIMABLE,
      RESUMPTION,
      FORMER,
      HEADS,
      ENQUEUE,
      claim(HEAD_COLUMNS),
      SETTLE,
    ]) {
      await runner.query(sql);
    }
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

/** Is the head of the queue, where it is BLOCKED, tried again by itself? */
const PROBES = `
CREATE FUNCTION queue_probes(q integration_queue, p_default boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT q.gave_up_at IS NULL AND coalesce(q.recovery_mode = 'probe', p_default)
$$`;

const CLAIMABLE = `
CREATE OR REPLACE FUNCTION queue_claimable(q integration_queue, p_probe boolean) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
  SELECT q.head_seq <= q.tail_seq AND q.suspended_at IS NULL AND q.paused_at IS NULL
     AND q.lease_until < clock_timestamp()
     AND CASE WHEN q.status = 'HEALTHY' OR queue_probes(q, p_probe) THEN q.due_at <= clock_timestamp()
              ELSE q.due_at = '-infinity' END
$$`;

/** Days without success do not count while nothing is tried. */
const RESUMPTION = setApplicationStatus(`,
        probing_since = CASE WHEN q.status = 'BLOCKED' THEN clock_timestamp() END`);

/** What a function returns and takes cannot be changed in place. */
const FORMER = `
DROP FUNCTION enqueue_messages(uuid[], uuid[], uuid[], text[], integer[], bigint[], bytea[]);
DROP FUNCTION settle_attempts(uuid[], bigint[], bigint[], integer[], uuid[], integer[], integer[], text[], integer[],
                              text[], text[], bytea[], interval[], boolean[], interval);
DROP FUNCTION claim_queues(uuid[], text, interval, boolean);
DROP FUNCTION queue_heads(uuid[]);
`;

export const HEAD_COLUMNS = `queue_id uuid, application_id uuid, organization_id text, lease_token bigint, attempts integer,
               status text, seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamptz,
               body bytea, end_point text, headers json, removed boolean, origin text, trace_parent text,
               backoff_min_ms integer, backoff_max_ms integer`;

export const NO_HEAD = `NULL::uuid, NULL::uuid, NULL::text, NULL::bigint, NULL::integer, NULL::text, NULL::bigint,
    NULL::uuid, NULL::uuid, NULL::text, NULL::timestamptz, NULL::bytea, NULL::text, NULL::json, NULL::boolean,
    NULL::text, NULL::text, NULL::integer, NULL::integer`;

/**
 * What a sender needs of the message at the head of each given queue. The newest partition is asked
 * first, which for a queue that keeps up is the only one; tomorrow's are ruled out beforehand. A replay to another endpoint
 * takes no custom headers along: they are mostly credentials of the webhook's own. `removed`: the
 * message is passed over, because its webhook was removed or an operator set it aside.
 */
export const HEADS = `
CREATE FUNCTION queue_heads(p_queue uuid[])
RETURNS TABLE (${HEAD_COLUMNS})
LANGUAGE sql ${KEYED_PLANS} AS $$
  SELECT q.queue_id, q.application_id, q.organization_id, q.lease_token, q.attempts,
         q.status, m.seq, m.message_id, m.webhook_id, m.type, m.enqueued_at, m.body,
         coalesce(m.end_point, w.end_point), CASE WHEN m.end_point IS NULL THEN w.headers ELSE '{}' END,
         w.removed_at IS NOT NULL OR q.head_seq <= q.set_aside_seq AND EXISTS (
           SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = q.head_seq),
         m.origin, m.trace_parent, q.backoff_min_ms, q.backoff_max_ms
  FROM integration_queue q
  CROSS JOIN LATERAL (SELECT * FROM integration_queue_message m
                      WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq AND m.stored_at < now() + interval '1 day'
                      ORDER BY m.stored_at DESC LIMIT 1) m
  CROSS JOIN LATERAL (SELECT * FROM integration_webhook w WHERE w.id = m.webhook_id OFFSET 0) w
  WHERE q.queue_id = ANY (p_queue)
$$`;

/**
 * How enqueue_messages begins, up to the stored rows in `numbered`; a later migration brings further
 * `values` of each message, under further `columns`, and what is done before anything is locked.
 */
export const appending = (
  values = '',
  columns = '',
  before = '',
): string => `LANGUAGE plpgsql ${KEYED_PLANS} AS $$
#variable_conflict use_column
DECLARE
  v_enqueued_at timestamptz;
BEGIN${before}
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  v_enqueued_at := date_trunc('milliseconds', clock_timestamp());
  RETURN QUERY
  WITH incoming AS (
    SELECT *, row_number() OVER (PARTITION BY i.message_id ORDER BY i.ord) AS occurrence
    FROM unnest(p_queue, p_message, p_webhook, p_type, p_partition, p_offset, p_body, p_trace_parent${values})
         WITH ORDINALITY AS i (queue_id, message_id, webhook_id, type, partition, "offset", body, trace_parent,${columns} ord)
  ), fresh AS MATERIALIZED (
    SELECT i.*, row_number() OVER (PARTITION BY i.queue_id ORDER BY i.ord) AS n
    FROM incoming i
    WHERE i.occurrence = 1
      AND (SELECT known.seq FROM message_identity known WHERE known.message_id = i.message_id) IS NULL
  ), numbered AS MATERIALIZED (
    SELECT f.*, q.tail_seq + f.n AS seq FROM fresh f JOIN integration_queue q ON q.queue_id = f.queue_id
  ), added AS (
    INSERT INTO integration_queue_message
      (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition, source_offset, body, stored_at, trace_parent)
    SELECT f.queue_id, f.seq, f.message_id, f.webhook_id, f.type, v_enqueued_at,
           f.partition, f."offset", f.body, v_enqueued_at, f.trace_parent
    FROM numbered f
  ), identified AS (
    INSERT INTO message_identity (message_id, queue_id, seq, stored_at)
    SELECT f.message_id, f.queue_id, f.seq, v_enqueued_at FROM numbered f`;

/**
 * Appends messages in the order of the arrays, as before. That a message id is stored once is kept
 * by its identity: the queue of a message is locked before its identity is looked up.
 */
const ENQUEUE = `
CREATE FUNCTION enqueue_messages(
  p_queue uuid[], p_message uuid[], p_webhook uuid[], p_type text[],
  p_partition integer[], p_offset bigint[], p_body bytea[], p_trace_parent text[] DEFAULT NULL)
RETURNS TABLE (queue_id uuid, inserted integer, first_message uuid, wake boolean, enqueued_at timestamptz)
${appending()}
  ), counted AS (
    SELECT f.queue_id, count(*)::integer AS n, (array_agg(f.message_id ORDER BY f.n))[1] AS first
    FROM numbered f GROUP BY f.queue_id
  )
  UPDATE integration_queue q SET tail_seq = q.tail_seq + c.n
  FROM counted c WHERE q.queue_id = c.queue_id
  RETURNING q.queue_id, c.n, c.first,
            q.status = 'HEALTHY' AND queue_claimable(q, true), v_enqueued_at;
END $$`;

/**
 * How fast a queue goes on after an outcome, in messages a second; NULL is as fast as can be. It starts
 * slowly after an episode, gains p_step a second while the receiver keeps up, halves at a slow answer
 * and at a failure, and ends with the backlog or at p_limit (ADR 29).
 */
const PACE = `CASE
      WHEN p_pace_start IS NULL THEN NULL
      WHEN NOT o.advances AND q.status = 'BLOCKED' THEN coalesce(q.pace, p_pace_start)
      WHEN NOT o.advances THEN greatest(p_pace_start, q.pace / 2)
      WHEN o.outcome = 'discarded' THEN q.pace
      WHEN q.pace IS NULL OR q.tail_seq = o.seq THEN NULL
      WHEN o.duration_ms > p_slow_ms THEN greatest(p_pace_start, q.pace / 2)
      WHEN q.pace + p_pace_step / q.pace >= p_pace_limit THEN NULL
      ELSE q.pace + p_pace_step / q.pace END`;

/** Attempts of a message so far: it may have been the head before, until an operator put an earlier one back. */
export const attemptsOf = (seq: string): string => `coalesce((
        SELECT max(a.attempt) FROM integration_queue_message m
        JOIN delivery_attempt a ON a.webhook_id = m.webhook_id AND a.seq = m.seq
        WHERE m.queue_id = q.queue_id AND m.seq = ${seq}), 0)`;

/** A manual queue has nothing to give up. */
const GIVES_UP = `CASE
      WHEN o.advances THEN NULL
      WHEN q.gave_up_reason IS NOT NULL THEN q.gave_up_reason
      WHEN NOT queue_probes(q, p_probe) THEN NULL
      WHEN o.code = 'http_status' AND o.status_code = 410 THEN 'gone'
      WHEN greatest(q.blocked_at, q.probing_since) < clock_timestamp() - p_give_up THEN 'no_success' END`;

/**
 * Records outcomes, one a queue, as before. Besides: what becomes of pace and recovery, and a notice
 * where an episode begins, is given up, or ends.
 *
 * `due_in` is in milliseconds; `probes` is NULL where that is as configured. A failure that is
 * brought again (its first answer was lost) is known by its number, and leaves no second row.
 */
export const SETTLE = `
CREATE FUNCTION settle_attempts(
  p_queue uuid[], p_token bigint[], p_seq bigint[], p_attempt integer[], p_message uuid[],
  p_ago integer[], p_duration integer[], p_outcome text[], p_status_code integer[], p_code text[],
  p_error text[], p_excerpt bytea[], p_retry_in interval[], p_keep boolean[], p_lease interval,
  p_webhook uuid[] DEFAULT NULL, p_give_up interval DEFAULT NULL, p_slow_ms integer DEFAULT NULL,
  p_pace_start real DEFAULT NULL, p_pace_step real DEFAULT NULL, p_pace_limit real DEFAULT NULL,
  p_probe boolean DEFAULT true)
RETURNS TABLE (settled_queue uuid, more boolean, due_at timestamptz, last_tried_at timestamptz, due_in float8,
               blocked boolean, probes boolean, ${HEAD_COLUMNS})
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
#variable_conflict use_column
DECLARE
  v_settled uuid[];
  v_kept uuid[];
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  WITH outcome AS (
    SELECT o.queue_id, o.token, o.seq, o.attempt, o.message_id, o.duration_ms, o.outcome,
           o.status_code, o.code, o.error, o.excerpt, o.retry_in, o.keep,
           o.outcome IN ('delivered', 'discarded') AS advances,
           clock_timestamp() - o.ago * interval '1 millisecond' AS started_at,
           coalesce(o.webhook, (SELECT m.webhook_id FROM integration_queue_message m
                                WHERE m.queue_id = o.queue_id AND m.seq = o.seq LIMIT 1)) AS webhook_id
    FROM unnest(p_queue, p_token, p_seq, p_attempt, p_message, p_ago, p_duration, p_outcome,
                p_status_code, p_code, p_error, p_excerpt, p_retry_in, p_keep, p_webhook)
      AS o (queue_id, token, seq, attempt, message_id, ago, duration_ms, outcome,
            status_code, code, error, excerpt, retry_in, keep, webhook)
  ), judged AS MATERIALIZED (
    SELECT o.*, q.status AS was_status, q.attempts AS was_attempts, q.blocked_at AS was_blocked_at,
           q.gave_up_reason AS had_given_up, ${PACE} AS pace, ${GIVES_UP} AS gives_up,
           CASE WHEN NOT o.advances THEN (
             SELECT w.removed_at IS NOT NULL FROM integration_webhook w WHERE w.id = o.webhook_id) END AS removed
    FROM outcome o
    JOIN integration_queue q ON q.queue_id = o.queue_id AND q.lease_token = o.token AND q.head_seq = o.seq
  ), settled AS (
    UPDATE integration_queue q SET
      head_seq        = CASE WHEN o.advances THEN o.seq + 1 ELSE q.head_seq END,
      status          = CASE WHEN o.advances THEN 'HEALTHY' ELSE 'BLOCKED' END,
      attempts        = CASE WHEN NOT o.advances THEN o.attempt WHEN o.seq > q.set_aside_seq THEN 0
                             ELSE ${attemptsOf('o.seq + 1')} END,
      blocked_at      = CASE WHEN o.advances THEN NULL ELSE coalesce(q.blocked_at, clock_timestamp()) END,
      healthy_since   = CASE WHEN o.advances AND q.status = 'BLOCKED' THEN clock_timestamp() ELSE q.healthy_since END,
      last_tried_at   = CASE WHEN o.outcome = 'discarded' THEN q.last_tried_at ELSE o.started_at END,
      last_error      = CASE WHEN o.advances THEN NULL ELSE o.error END,
      last_error_code = CASE WHEN o.advances THEN NULL ELSE o.code END,
      probing_since   = CASE WHEN o.advances THEN NULL ELSE q.probing_since END,
      gave_up_reason  = o.gives_up,
      gave_up_at      = CASE WHEN o.gives_up IS NOT NULL THEN coalesce(q.gave_up_at, clock_timestamp()) END,
      pace            = o.pace,
      due_at          = CASE WHEN o.advances AND o.pace IS NULL OR NOT o.advances AND o.removed THEN '-infinity'
                             WHEN o.advances THEN clock_timestamp() + interval '1 second' / o.pace
                             ELSE clock_timestamp() + o.retry_in END,
      lease_until     = CASE WHEN o.advances AND o.keep AND q.tail_seq > o.seq AND o.pace IS NULL
                                  AND q.suspended_at IS NULL AND q.paused_at IS NULL
                             THEN clock_timestamp() + p_lease ELSE '-infinity' END
    FROM judged o
    WHERE q.queue_id = o.queue_id
    RETURNING q.queue_id, q.organization_id, q.lease_until > '-infinity' AS kept, q.blocked_at, q.due_at,
              q.tail_seq - q.head_seq + 1 AS depth, o.advances, o.was_status, o.was_attempts, o.was_blocked_at,
              o.had_given_up, o.gives_up, o.webhook_id, o.seq, o.attempt, o.message_id, o.started_at, o.duration_ms,
              o.outcome, o.status_code, o.code, o.error, o.excerpt
  ), recorded AS (
    INSERT INTO delivery_attempt (queue_id, seq, attempt, message_id, webhook_id, started_at, duration_ms, outcome,
                                  status_code, code, error, excerpt)
    SELECT s.queue_id, s.seq, s.attempt, s.message_id, s.webhook_id, s.started_at, s.duration_ms, s.outcome,
           s.status_code, s.code, s.error, s.excerpt
    FROM settled s
    WHERE CASE WHEN s.outcome = 'discarded'
               THEN NOT EXISTS (SELECT FROM set_aside_message a WHERE a.queue_id = s.queue_id AND a.seq = s.seq)
               ELSE s.advances OR s.was_attempts < s.attempt END
  ), noticed AS (
    INSERT INTO queue_notice (queue_id, organization_id, kind, episode, detail)
    SELECT s.queue_id, s.organization_id, n.kind, coalesce(s.was_blocked_at, s.blocked_at),
           json_build_object('messageId', s.message_id, 'webhookId', s.webhook_id, 'attempts', s.attempt, 'depth', s.depth,
                             'outcome', s.outcome, 'code', s.code, 'statusCode', s.status_code, 'error', s.error,
                             'reason', s.gives_up)
    FROM settled s CROSS JOIN LATERAL (VALUES
      ('blocked', NOT s.advances AND s.was_status = 'HEALTHY'),
      ('gave_up', s.gives_up IS DISTINCT FROM s.had_given_up AND s.gives_up IS NOT NULL),
      ('recovered', s.advances AND s.was_status = 'BLOCKED')) AS n (kind, happened)
    WHERE n.happened
    ON CONFLICT (queue_id, episode, kind) DO NOTHING
  )
  SELECT array_agg(s.queue_id), array_agg(s.queue_id) FILTER (WHERE s.kept)
    INTO v_settled, v_kept FROM settled s;
  RETURN QUERY SELECT q.queue_id, q.head_seq <= q.tail_seq, q.due_at, q.last_tried_at,
    CASE WHEN isfinite(q.due_at) THEN extract(epoch FROM q.due_at - clock_timestamp())::float8 * 1000 END,
    q.status = 'BLOCKED', CASE WHEN q.gave_up_at IS NOT NULL THEN false ELSE q.recovery_mode = 'probe' END, ${NO_HEAD}
    FROM integration_queue q WHERE q.queue_id = ANY (v_settled) AND (q.queue_id = ANY (v_kept)) IS NOT TRUE;
  RETURN QUERY SELECT h.queue_id, true, '-infinity'::timestamptz, NULL::timestamptz, NULL::float8, false, NULL::boolean, h.* FROM queue_heads(v_kept) h;
END $$`;
