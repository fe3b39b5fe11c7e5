import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';

/**
 * The SQL that keeps order. Each function is one autocommitted statement for its caller, so that a
 * replica that is paused or killed in the middle never leaves a row lock behind.
 *
 * Rules that all four keep:
 * - queue rows are locked in the order of queue_id, so no two of these statements can deadlock;
 * - a statement that waited for a lock is followed by another one before anything is read: only
 *   then (READ COMMITTED) does the snapshot contain what the lock's previous holder wrote;
 * - clock_timestamp(), never now(): after a wait now() is in the past. Only the database's clock
 *   decides about leases, so clocks of replicas may differ;
 * - hash and merge joins are off: a plan made while the tables were empty would otherwise read a
 *   table of millions of messages from end to end until the next analyze.
 */
export class QueueOrder1763700000001 implements MigrationInterface {
  readonly name = 'QueueOrder1763700000001';

  async up(runner: QueryRunner): Promise<void> {
    const statements = [claimable(), ENQUEUE, QUEUE_HEAD, claim(HEAD_COLUMNS), settle(), RELEASE];
    for (const statement of statements) await runner.query(statement);
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

export const KEYED_PLANS = `SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off`;

/**
 * May this queue be claimed now? A BLOCKED queue waits for its due time when recovery probes; when
 * recovery is manual it waits until an operator asked for it (due_at = -infinity). `more`: a further
 * condition, of a later migration.
 */
export const claimable = (more = ''): string => `
CREATE OR REPLACE FUNCTION queue_claimable(q integration_queue, p_probe boolean) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
  SELECT q.head_seq <= q.tail_seq${more}
     AND q.lease_until < clock_timestamp()
     AND CASE WHEN p_probe OR q.status = 'HEALTHY' THEN q.due_at <= clock_timestamp()
              ELSE q.due_at = '-infinity' END
$$`;

/**
 * Appends messages in the order of the arrays. A message id that is already stored, or that comes
 * twice, is dropped: redelivery and replay create nothing twice. Numbers come from the queue row
 * under its lock, not from a sequence: with a sequence a transaction may take 5, another take 6
 * and commit first, and 6 would be delivered before 5 exists.
 */
const ENQUEUE = `
CREATE FUNCTION enqueue_messages(
  p_queue uuid[], p_message uuid[], p_webhook uuid[], p_type text[],
  p_partition integer[], p_offset bigint[], p_body bytea[])
RETURNS TABLE (queue_id uuid, inserted integer, first_message uuid, wake boolean, enqueued_at timestamptz)
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
#variable_conflict use_column
DECLARE
  v_enqueued_at timestamptz;
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  v_enqueued_at := date_trunc('milliseconds', clock_timestamp());
  RETURN QUERY
  WITH incoming AS (
    SELECT *, row_number() OVER (PARTITION BY i.message_id ORDER BY i.ord) AS occurrence
    FROM unnest(p_queue, p_message, p_webhook, p_type, p_partition, p_offset, p_body)
         WITH ORDINALITY AS i (queue_id, message_id, webhook_id, type, partition, "offset", body, ord)
  ), fresh AS MATERIALIZED (
    SELECT i.*, row_number() OVER (PARTITION BY i.queue_id ORDER BY i.ord) AS n
    FROM incoming i
    WHERE i.occurrence = 1
      AND (SELECT m.seq FROM integration_queue_message m WHERE m.message_id = i.message_id) IS NULL
  ), added AS (
    INSERT INTO integration_queue_message
      (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition, source_offset, body)
    SELECT f.queue_id, q.tail_seq + f.n, f.message_id, f.webhook_id, f.type, v_enqueued_at,
           f.partition, f."offset", f.body
    FROM fresh f JOIN integration_queue q ON q.queue_id = f.queue_id
  ), counted AS (
    SELECT f.queue_id, count(*)::integer AS n, (array_agg(f.message_id ORDER BY f.n))[1] AS first
    FROM fresh f GROUP BY f.queue_id
  )
  UPDATE integration_queue q SET tail_seq = q.tail_seq + c.n
  FROM counted c WHERE q.queue_id = c.queue_id
  RETURNING q.queue_id, c.n, c.first,
            q.status = 'HEALTHY' AND queue_claimable(q, true), v_enqueued_at;
END $$`;

/** Where a later migration puts a further condition for going on with the next message. */
const KEEPS_IF = '/* keeps if */';

/** The columns of queue_heads for a queue that keeps no lease. */
const NO_HEAD = `NULL::uuid, NULL::uuid, NULL::text, NULL::bigint, NULL::integer, NULL::text, NULL::bigint,
    NULL::uuid, NULL::uuid, NULL::text, NULL::timestamptz, NULL::bytea, NULL::text, NULL::json, NULL::boolean`;

const HEAD_COLUMNS = `queue_id uuid, application_id uuid, organization_id text, lease_token bigint, attempts integer,
               status text, seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamptz,
               body bytea, end_point text, headers json, removed boolean`;

/** What a sender needs of the message at the head of each given queue. */
const QUEUE_HEAD = `
CREATE FUNCTION queue_heads(p_queue uuid[])
RETURNS TABLE (${HEAD_COLUMNS})
LANGUAGE sql ${KEYED_PLANS} AS $$
  SELECT q.queue_id, q.application_id, q.organization_id, q.lease_token, q.attempts,
         q.status, m.seq, m.message_id, m.webhook_id, m.type, m.enqueued_at,
         m.body, w.end_point, w.headers, w.removed_at IS NOT NULL
  FROM integration_queue q
  CROSS JOIN LATERAL (SELECT * FROM integration_queue_message m
                      WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq OFFSET 0) m
  CROSS JOIN LATERAL (SELECT * FROM integration_webhook w WHERE w.id = m.webhook_id OFFSET 0) w
  WHERE q.queue_id = ANY (p_queue)
$$`;

/**
 * Leases those of the given queues that may be claimed, and returns their heads. `headColumns`: those of
 * queue_heads, of which a later migration has more.
 */
export const claim = (headColumns: string): string => `
CREATE FUNCTION claim_queues(p_queue uuid[], p_owner text, p_lease interval, p_probe boolean)
RETURNS TABLE (${headColumns})
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
#variable_conflict use_column
DECLARE
  v_claimed uuid[];
BEGIN
  WITH candidate AS MATERIALIZED (
    SELECT q.queue_id FROM integration_queue q
    WHERE q.queue_id = ANY (p_queue) AND queue_claimable(q, p_probe)
    ORDER BY q.queue_id FOR NO KEY UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE integration_queue q
    SET lease_token = q.lease_token + 1, lease_owner = p_owner, lease_until = clock_timestamp() + p_lease
    FROM candidate c WHERE q.queue_id = c.queue_id
    RETURNING q.queue_id
  )
  SELECT array_agg(c.queue_id) INTO v_claimed FROM claimed c;
  RETURN QUERY SELECT * FROM queue_heads(v_claimed);
END $$`;

/**
 * Records outcomes, one a queue (p_ago: milliseconds since the attempt began, so that no clock but
 * the database's is written down). An outcome counts only with the current fencing token and for the
 * current head; a queue that is not returned was fenced, and its sender must stop at once.
 *
 * "Is the queue empty?" and "give the lease back" are one update of one row: a message enqueued
 * meanwhile either is seen here, or finds the lease free and wakes the queue. A failure whose
 * subscription was removed while it was in flight is due at once, because it will be discarded.
 *
 * A failure changes neither token nor head, so a caller whose first answer was lost may bring it
 * again: it settles again and leaves one row. Another attempt cannot have the same number, because
 * whoever claims next counts on from what the queue row says.
 */
const SETTLE = `
CREATE OR REPLACE FUNCTION settle_attempts(
  p_queue uuid[], p_token bigint[], p_seq bigint[], p_attempt integer[], p_message uuid[],
  p_ago integer[], p_duration integer[], p_outcome text[], p_status_code integer[], p_code text[],
  p_error text[], p_excerpt bytea[], p_retry_in interval[], p_keep boolean[], p_lease interval)
RETURNS TABLE (settled_queue uuid, more boolean, due_at timestamptz, last_tried_at timestamptz,
               queue_id uuid, application_id uuid, organization_id text, lease_token bigint, attempts integer,
               status text, seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamptz,
               body bytea, end_point text, headers json, removed boolean)
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
#variable_conflict use_column
DECLARE
  v_settled uuid[];
  v_kept uuid[];
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  WITH outcome AS (
    SELECT o.*, o.outcome IN ('delivered', 'discarded') AS advances,
           clock_timestamp() - o.ago * interval '1 millisecond' AS started_at
    FROM unnest(p_queue, p_token, p_seq, p_attempt, p_message, p_ago, p_duration, p_outcome,
                p_status_code, p_code, p_error, p_excerpt, p_retry_in, p_keep)
      AS o (queue_id, token, seq, attempt, message_id, ago, duration_ms, outcome,
            status_code, code, error, excerpt, retry_in, keep)
  ), settled AS (
    UPDATE integration_queue q SET
      head_seq      = CASE WHEN o.advances THEN o.seq + 1 ELSE q.head_seq END,
      status        = CASE WHEN o.advances THEN 'HEALTHY' ELSE 'BLOCKED' END,
      attempts      = CASE WHEN o.advances THEN 0 ELSE o.attempt END,
      blocked_at    = CASE WHEN o.advances THEN NULL ELSE coalesce(q.blocked_at, clock_timestamp()) END,
      last_tried_at = CASE WHEN o.outcome = 'discarded' THEN q.last_tried_at ELSE o.started_at END,
      last_error    = CASE WHEN o.advances THEN NULL ELSE o.error END,
      due_at        = CASE WHEN o.advances THEN '-infinity'
                           WHEN (SELECT w.removed_at IS NOT NULL FROM integration_queue_message m
                                 JOIN integration_webhook w ON w.id = m.webhook_id
                                 WHERE m.queue_id = q.queue_id AND m.seq = o.seq) THEN '-infinity'
                           ELSE clock_timestamp() + o.retry_in END,
      lease_until   = CASE WHEN o.advances AND o.keep AND q.tail_seq > o.seq${KEEPS_IF}
                           THEN clock_timestamp() + p_lease ELSE '-infinity' END
    FROM outcome o
    WHERE q.queue_id = o.queue_id AND q.lease_token = o.token AND q.head_seq = o.seq
    RETURNING q.queue_id, q.lease_until > '-infinity' AS kept, o.seq, o.attempt, o.message_id, o.started_at,
              o.duration_ms, o.outcome, o.status_code, o.code, o.error, o.excerpt
  ), recorded AS (
    INSERT INTO delivery_attempt (queue_id, seq, attempt, message_id, started_at, duration_ms, outcome,
                                  status_code, code, error, excerpt)
    SELECT s.queue_id, s.seq, s.attempt, s.message_id, s.started_at, s.duration_ms, s.outcome,
           s.status_code, s.code, s.error, s.excerpt
    FROM settled s
    ON CONFLICT (queue_id, seq, attempt) DO NOTHING
  )
  SELECT array_agg(s.queue_id), array_agg(s.queue_id) FILTER (WHERE s.kept)
    INTO v_settled, v_kept FROM settled s;
  RETURN QUERY SELECT q.queue_id, q.head_seq <= q.tail_seq, q.due_at, q.last_tried_at, ${NO_HEAD}
    FROM integration_queue q WHERE q.queue_id = ANY (v_settled) AND (q.queue_id = ANY (v_kept)) IS NOT TRUE;
  RETURN QUERY SELECT h.queue_id, true, '-infinity'::timestamptz, NULL::timestamptz, h.* FROM queue_heads(v_kept) h;
END $$`;

export const settle = (keepsIf = ''): string => SETTLE.replace(KEEPS_IF, keepsIf);

/**
 * Gives leases back without an outcome; p_delay holds a queue back where the fault is ours. A
 * BLOCKED queue keeps its due time, which may be an operator's request to try now.
 */
const RELEASE = `
CREATE FUNCTION release_queues(p_queue uuid[], p_token bigint[], p_delay interval) RETURNS integer
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
DECLARE
  v_released integer;
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  UPDATE integration_queue q
  SET lease_until = '-infinity',
      due_at = CASE WHEN p_delay > interval '0' AND q.status = 'HEALTHY' THEN clock_timestamp() + p_delay ELSE q.due_at END
  FROM unnest(p_queue, p_token) AS r (queue_id, token)
  WHERE q.queue_id = r.queue_id AND q.lease_token = r.token;
  GET DIAGNOSTICS v_released = ROW_COUNT;
  RETURN v_released;
END $$`;
