import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';
import { KEYED_PLANS } from './1763700000001-queue-order.js';
import { appending } from './1764300000002-queue-recovery.js';
import { answer } from './1764300000003-operator-verbs.js';
import { discard } from './1764300000004-message-verbs.js';

/**
 * Runs: a claim hands out the next messages of a queue together with its head, and deliveries of many
 * queues are recorded by one statement that hands out the next ones (ADR 34).
 *
 * Order rests on what it rested on before: `head_seq` moves under the lock of the queue's row and with
 * the fencing token only. Replicas of the version before go on with one message a claim.
 */
export class DeliveryRuns1764500000000 implements MigrationInterface {
  readonly name = 'DeliveryRuns1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    const parts = [HANDED_OUT, QUEUE_RUN, ENQUEUE, TAKEN_BACK, CLAIM, RECORD, DISCARD];
    for (const sql of [...parts, PLANNED_ONCE]) await runner.query(sql);
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

const HANDED_OUT = `
ALTER TABLE integration_queue ADD COLUMN leased_seq bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN integration_queue.leased_seq IS
  'Up to here messages were handed out to the holder of the lease; it may be sending any of them';
`;

export const MESSAGE_COLUMNS = `seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamptz, body bytea,
               end_point text, headers json, removed boolean, origin text, trace_parent text`;

/** Bodies handed out at once, so that large ones are not kept in memory by the thousand; the first one always is. */
const RUN_BYTES = 65_536;

/**
 * Up to p_wanted messages from number p_from on, with their subscriptions as they are now. Asked for
 * the head it says, as queue_heads does, whether that is passed over; what comes behind was never set
 * aside (the callers see to that). The newest partition is asked for the first one first, and no older
 * one than that of the first is asked for the others.
 */
export const QUEUE_RUN = `
CREATE FUNCTION queue_run(q integration_queue, p_from bigint, p_wanted integer)
RETURNS TABLE (${MESSAGE_COLUMNS}) LANGUAGE sql STABLE AS $$
  SELECT m.seq, m.message_id, m.webhook_id, m.type, m.enqueued_at, m.body,
         coalesce(m.end_point, w.end_point), CASE WHEN m.end_point IS NULL THEN w.headers ELSE '{}' END,
         w.removed_at IS NOT NULL OR m.seq <= q.set_aside_seq AND EXISTS (
           SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = m.seq),
         m.origin, m.trace_parent
  FROM (SELECT f.stored_at FROM integration_queue_message f
        WHERE f.queue_id = q.queue_id AND f.seq = p_from AND f.stored_at < now() + interval '1 day'
        ORDER BY f.stored_at DESC LIMIT 1) AS head
  CROSS JOIN LATERAL (
    SELECT r.*, sum(octet_length(r.body)) OVER (ORDER BY r.seq) AS bytes FROM integration_queue_message r
    WHERE r.queue_id = q.queue_id AND r.seq >= p_from AND r.seq < p_from + p_wanted
      AND r.stored_at >= head.stored_at AND r.stored_at < now() + interval '1 day') m
  CROSS JOIN LATERAL (SELECT * FROM integration_webhook w WHERE w.id = m.webhook_id OFFSET 0) w
  WHERE m.bytes <= ${RUN_BYTES} OR m.seq = p_from
$$`;

/** One index look-up an organization, as in the look-up of subscriptions (ADR 22). */
const UNCHANGED = `
  IF EXISTS (
    SELECT FROM unnest(p_organization, p_version) AS known (organization_id, version)
    LEFT JOIN LATERAL (SELECT o.version FROM organization_subscriptions o
                       WHERE o.organization_id = known.organization_id OFFSET 0) s ON true
    WHERE s.version IS DISTINCT FROM known.version
  ) THEN
    RETURN NEXT;
    RETURN;
  END IF;`;

/**
 * Appends messages as before, unless one of the organizations has another version of its subscriptions
 * than that by which the messages were made: then nothing is done, and one row of nulls says so.
 *
 * Of the queues that p_take allows (one flag a message) those that were empty
 * and may be sent are leased to the caller with their first p_run messages, so that what an idle queue
 * gets is sent without a claim. `messages` are the ids of those, joined by commas; `webhooks` the
 * subscriptions of all of them as they are now.
 */
export const ENQUEUE = `
DROP FUNCTION enqueue_messages(uuid[], uuid[], uuid[], text[], integer[], bigint[], bytea[], text[]);
CREATE FUNCTION enqueue_messages(
  p_queue uuid[], p_message uuid[], p_webhook uuid[], p_type text[],
  p_partition integer[], p_offset bigint[], p_body bytea[], p_trace_parent text[] DEFAULT NULL,
  p_take boolean[] DEFAULT NULL, p_owner text DEFAULT NULL, p_lease interval DEFAULT NULL, p_run integer DEFAULT NULL,
  p_organization text[] DEFAULT NULL, p_version uuid[] DEFAULT NULL)
RETURNS TABLE (queue_id uuid, inserted integer, first_message uuid, wake boolean, enqueued_at timestamptz,
               lease_token bigint, first_seq bigint, application_id uuid, backoff_min_ms integer, backoff_max_ms integer,
               messages text, webhooks json)
${appending(', p_take', ' take,', UNCHANGED)}
  ), counted AS (
    SELECT f.queue_id, count(*)::integer AS n, (array_agg(f.message_id ORDER BY f.n))[1] AS first, bool_or(f.take) AS take,
           string_agg(f.message_id::text, ',' ORDER BY f.n) FILTER (WHERE f.take AND f.n <= p_run) AS messages,
           array_agg(DISTINCT f.webhook_id) FILTER (WHERE f.take AND f.n <= p_run) AS webhooks
    FROM numbered f GROUP BY f.queue_id
  ), judged AS (
    SELECT c.*, coalesce(c.take, false) AND q.head_seq > q.tail_seq AND q.status = 'HEALTHY' AND q.pace IS NULL
             AND q.set_aside_seq < q.head_seq AND q.suspended_at IS NULL AND q.paused_at IS NULL
             AND q.due_at <= clock_timestamp() AND q.lease_until < clock_timestamp() AS taken
    FROM counted c JOIN integration_queue q ON q.queue_id = c.queue_id
  )
  UPDATE integration_queue q SET
    tail_seq    = q.tail_seq + j.n,
    lease_token = q.lease_token + j.taken::integer,
    lease_owner = CASE WHEN j.taken THEN p_owner ELSE q.lease_owner END,
    lease_until = CASE WHEN j.taken THEN clock_timestamp() + p_lease ELSE q.lease_until END,
    leased_seq  = CASE WHEN j.taken THEN q.tail_seq + least(j.n, p_run) ELSE q.leased_seq END
  FROM judged j WHERE q.queue_id = j.queue_id
  RETURNING q.queue_id, j.n, j.first, j.taken OR q.status = 'HEALTHY' AND queue_claimable(q, true), v_enqueued_at,
            CASE WHEN j.taken THEN q.lease_token END, q.head_seq, q.application_id, q.backoff_min_ms, q.backoff_max_ms,
            CASE WHEN j.taken THEN j.messages END,
            CASE WHEN j.taken THEN (
              SELECT json_agg(json_build_object('id', w.id, 'endPoint', w.end_point, 'headers', w.headers,
                                                'removed', w.removed_at IS NOT NULL))
              FROM integration_webhook w WHERE w.id = ANY (j.webhooks)) END;
END $$`;

/**
 * Gives back what the caller leased but never learnt of, because the connection broke before the answer.
 * The caller must not hold any of these queues otherwise.
 */
const TAKEN_BACK = `
CREATE FUNCTION give_back_taken(p_queue uuid[], p_owner text) RETURNS integer LANGUAGE plpgsql ${KEYED_PLANS} AS $$
DECLARE
  v_given_back integer;
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  UPDATE integration_queue q SET lease_until = '-infinity'
  WHERE q.queue_id = ANY (p_queue) AND q.lease_owner = p_owner AND q.lease_until > '-infinity';
  GET DIAGNOSTICS v_given_back = ROW_COUNT;
  RETURN v_given_back;
END $$`;

/** A probe, a paced queue, and one in which something is set aside go message by message. */
const RUN_LENGTH = `CASE WHEN q.status = 'HEALTHY' AND q.pace IS NULL AND q.set_aside_seq < q.head_seq
                              THEN p_run ELSE 1 END`;

/** As before; with p_run the head and what comes behind it, at most that many messages a queue. */
export const CLAIM = `
DROP FUNCTION claim_queues(uuid[], text, interval, boolean);
CREATE FUNCTION claim_queues(p_queue uuid[], p_owner text, p_lease interval, p_probe boolean, p_run integer DEFAULT 1)
RETURNS TABLE (queue_id uuid, application_id uuid, organization_id text, lease_token bigint, attempts integer,
               status text, ${MESSAGE_COLUMNS}, backoff_min_ms integer, backoff_max_ms integer, may_run boolean)
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
    SET lease_token = q.lease_token + 1, lease_owner = p_owner, lease_until = clock_timestamp() + p_lease,
        leased_seq = least(q.tail_seq, q.head_seq - 1 + ${RUN_LENGTH})
    FROM candidate c WHERE q.queue_id = c.queue_id
    RETURNING q.queue_id
  )
  SELECT array_agg(c.queue_id) INTO v_claimed FROM claimed c;
  RETURN QUERY
  SELECT q.queue_id, q.application_id, q.organization_id, q.lease_token, q.attempts, q.status, m.*,
         q.backoff_min_ms, q.backoff_max_ms, q.status = 'HEALTHY' AND q.pace IS NULL AND q.set_aside_seq < q.head_seq
  FROM integration_queue q
  CROSS JOIN LATERAL queue_run(q, q.head_seq, (q.leased_seq - q.head_seq + 1)::integer) m
  WHERE q.queue_id = ANY (v_claimed)
  ORDER BY q.queue_id, m.seq;
END $$`;

/**
 * When an attempt began, by the database's clock: p_ago milliseconds before the statement came. Between
 * two statements that is exact to some milliseconds only, and attempts of a queue are closer to each
 * other: none begins before the one before it, whose order p_place (in the arrays) says.
 */
const startedAt = (ago: string, place: string): string =>
  `greatest(statement_timestamp() - ${ago} * interval '1 millisecond',
                  q.last_tried_at + ${place} * interval '1 microsecond')`;

/**
 * Records what was answered with 2xx, or discarded with its webhook instead of sent: what is of one queue
 * comes together and in order, p_of says by its place in p_queue whose one is, p_last which is the last
 * one of a queue, p_tried the last one that was sent (NULL: none). Only the
 * current fencing token counts; a queue that is not returned was fenced. Recorded once more (its first
 * answer was lost) a delivery changes nothing.
 *
 * p_ends: nothing more of the queue is under way. Then, and where the queue is empty, the lease is given
 * back; else it is renewed, and where p_wanted is not 0 as many messages from p_from on are handed out.
 * goes_on says whether they, and those that were handed out before, may be sent.
 */
export const RECORD = `
CREATE FUNCTION record_deliveries(
  p_queue uuid[], p_token bigint[], p_last integer[], p_tried integer[], p_ends boolean[], p_from bigint[], p_wanted integer[],
  p_of integer[], p_seq bigint[], p_attempt integer[], p_message uuid[], p_webhook uuid[], p_ago float8[],
  p_duration integer[], p_outcome text[], p_status_code integer[], p_lease interval)
RETURNS TABLE (queue_id uuid, more boolean, goes_on boolean, held boolean, ${MESSAGE_COLUMNS})
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
#variable_conflict use_column
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  INSERT INTO delivery_attempt (queue_id, seq, attempt, message_id, webhook_id, started_at, duration_ms, outcome, status_code)
  SELECT q.queue_id, d.seq, d.attempt, d.message_id, d.webhook_id,
         ${startedAt('d.ago', 'd.place')}, d.duration_ms, d.outcome, d.status_code
  FROM unnest(p_of, p_seq, p_attempt, p_message, p_webhook, p_ago, p_duration, p_outcome, p_status_code) WITH ORDINALITY
    AS d (n, seq, attempt, message_id, webhook_id, ago, duration_ms, outcome, status_code, place)
  JOIN integration_queue q ON q.queue_id = p_queue[d.n] AND q.lease_token = p_token[d.n] AND q.head_seq <= d.seq;
  RETURN QUERY
  WITH advanced AS (
    UPDATE integration_queue q SET
      head_seq      = greatest(q.head_seq, r.seq + 1),
      attempts      = 0,
      last_tried_at = CASE WHEN r.tried IS NULL THEN q.last_tried_at ELSE ${startedAt('p_ago[r.tried]', 'r.tried')} END,
      leased_seq    = greatest(q.leased_seq, least(q.tail_seq, r.from_seq + r.wanted - 1)),
      lease_until   = CASE WHEN r.ends OR q.tail_seq <= r.seq THEN '-infinity' ELSE clock_timestamp() + p_lease END
    FROM (
      SELECT o.*, p_seq[o.last] AS seq
      FROM unnest(p_queue, p_token, p_last, p_tried, p_ends, p_from, p_wanted)
        AS o (queue_id, token, last, tried, ends, from_seq, wanted)) r
    WHERE q.queue_id = r.queue_id AND q.lease_token = r.token
    RETURNING q.queue_id, q.tail_seq > r.seq AS more, q.lease_until > '-infinity' AS held, r.from_seq,
              CASE WHEN q.set_aside_seq < r.from_seq THEN r.wanted ELSE 0 END AS wanted,
              NOT r.ends AND q.tail_seq > r.seq AND q.suspended_at IS NULL AND q.paused_at IS NULL AS goes_on
  )
  SELECT a.queue_id, a.more, a.goes_on, a.held, m.*
  FROM advanced a
  LEFT JOIN LATERAL (
    SELECT m.* FROM integration_queue q CROSS JOIN LATERAL queue_run(q, a.from_seq, a.wanted) m
    WHERE a.goes_on AND a.wanted > 0 AND q.queue_id = a.queue_id) m ON true
  ORDER BY a.queue_id, m.seq;
END $$`;

/**
 * The functions of the hot path are planned once a connection. Left to itself PostgreSQL finds plans for
 * the given arrays no cheaper to run, but plans of partitioned tables dear to make: it plans anew, at
 * every call, for a third of the time that the call takes.
 */
const PLANNED_ONCE = [
  `enqueue_messages(uuid[], uuid[], uuid[], text[], integer[], bigint[], bytea[], text[], boolean[], text, interval,
     integer, text[], uuid[])`,
  'claim_queues(uuid[], text, interval, boolean, integer)',
  `settle_attempts(uuid[], bigint[], bigint[], integer[], uuid[], integer[], integer[], text[], integer[], text[],
     text[], bytea[], interval[], boolean[], interval, uuid[], interval, integer, real, real, real, boolean)`,
  `record_deliveries(uuid[], bigint[], integer[], integer[], boolean[], bigint[], integer[], integer[], bigint[], integer[],
     uuid[], uuid[], float8[], integer[], text[], integer[], interval)`,
]
  .map((name) => `ALTER FUNCTION ${name} SET plan_cache_mode = force_generic_plan;`)
  .join('\n');

/** What was handed out may be on its way. */
const DISCARD = `DROP FUNCTION verb_discard(integration_queue, json, text, text, boolean);
${discard(`
    IF v_seq <= q.leased_seq AND q.lease_until > clock_timestamp() THEN ${answer('in_flight')} END IF;`)}`;
