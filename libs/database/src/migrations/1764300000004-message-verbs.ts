import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';
import { KEYED_PLANS } from './1763700000001-queue-order.js';
import { attemptsOf } from './1764300000002-queue-recovery.js';
import { answer, CHANGED, verb } from './1764300000003-operator-verbs.js';

/**
 * The verbs that take messages out of the order of their queue, put them back, or send them again (see
 * the migration "operator-verbs"), and the one way to append a message that no record stands behind.
 */
export class MessageVerbs1764300000004 implements MigrationInterface {
  readonly name = 'MessageVerbs1764300000004';

  async up(runner: QueryRunner): Promise<void> {
    const parts = [WAITING_SEQ, GO_ON, COPY_MESSAGES];
    for (const sql of [...parts, SKIP, UNSKIP, discard(), REPLAY, APPEND_TEST]) {
      await runner.query(sql);
    }
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

/** Where in the queue a message waits: the first of its copies that is not settled. NULL: nowhere. */
const WAITING_SEQ = `
CREATE FUNCTION waiting_seq(q integration_queue, p_message uuid) RETURNS bigint LANGUAGE sql STABLE ${KEYED_PLANS} AS $$
  SELECT min(found.seq) FROM (
    SELECT i.seq FROM message_identity i WHERE i.message_id = p_message AND i.queue_id = q.queue_id
    UNION ALL
    SELECT m.seq FROM integration_queue_message m
      WHERE m.message_id = p_message AND m.origin <> 'event' AND m.queue_id = q.queue_id
    UNION ALL
    SELECT m.seq FROM integration_queue_message_remainder m WHERE m.message_id = p_message AND m.queue_id = q.queue_id
  ) AS found
  WHERE found.seq >= q.head_seq
    AND NOT EXISTS (SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = found.seq)
$$`;

/**
 * Sets the head aside; the queue goes on behind it, and behind what was set aside before. Where it was BLOCKED the episode is over. A new
 * fencing token: whoever still works on the old head by a lease that has run out is refused.
 */
const GO_ON = `
CREATE FUNCTION set_head_aside(q integration_queue, p_verdict text, p_actor text, p_reason text) RETURNS void
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
DECLARE
  v_head record;
  v_next bigint := q.head_seq + 1;
BEGIN
  SELECT m.message_id, m.webhook_id INTO STRICT v_head FROM integration_queue_message m
    WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq LIMIT 1;
  INSERT INTO set_aside_message (queue_id, seq, message_id, webhook_id, verdict, attempts, actor, reason)
    VALUES (q.queue_id, q.head_seq, v_head.message_id, v_head.webhook_id, p_verdict, q.attempts, p_actor, p_reason);
  WHILE EXISTS (SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = v_next) LOOP
    v_next := v_next + 1;
  END LOOP;
  UPDATE integration_queue u SET
    head_seq = v_next, set_aside_seq = greatest(q.set_aside_seq, q.head_seq), lease_token = q.lease_token + 1,
    status = 'HEALTHY', blocked_at = NULL,
    attempts = ${attemptsOf('v_next')}, last_error = NULL, last_error_code = NULL,
    healthy_since = CASE WHEN q.status = 'BLOCKED' THEN clock_timestamp() ELSE q.healthy_since END,
    gave_up_at = NULL, gave_up_reason = NULL, probing_since = NULL, due_at = '-infinity'
  WHERE u.queue_id = q.queue_id;
  IF q.status = 'BLOCKED' THEN
    INSERT INTO queue_notice (queue_id, organization_id, kind, episode, detail)
    VALUES (q.queue_id, q.organization_id, 'recovered', q.blocked_at,
            json_build_object('messageId', v_head.message_id, 'webhookId', v_head.webhook_id, 'attempts', q.attempts,
                              'depth', q.tail_seq - v_next + 1, 'outcome', lower(p_verdict)))
    ON CONFLICT (queue_id, episode, kind) DO NOTHING;
  END IF;
END $$`;

/**
 * Appends copies of messages behind what waits, in the order of p_seq: the same message id and date, so
 * that a receiver recognises them, under new numbers. Returns how many.
 */
const COPY_MESSAGES = `
CREATE FUNCTION append_copies(q integration_queue, p_seq bigint[], p_origin text, p_end_point text) RETURNS integer
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
DECLARE
  v_copied integer;
BEGIN
  INSERT INTO integration_queue_message (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition,
                                         source_offset, body, origin, end_point, trace_parent)
  SELECT m.queue_id, q.tail_seq + s.n, m.message_id, m.webhook_id, m.type, m.enqueued_at, m.source_partition,
         m.source_offset, m.body, p_origin, p_end_point, m.trace_parent
  FROM unnest(p_seq) WITH ORDINALITY AS s (seq, n)
  CROSS JOIN LATERAL (SELECT * FROM integration_queue_message m WHERE m.queue_id = q.queue_id AND m.seq = s.seq
                      ORDER BY m.stored_at DESC LIMIT 1) m;
  GET DIAGNOSTICS v_copied = ROW_COUNT;
  IF v_copied <> cardinality(p_seq) THEN
    RAISE EXCEPTION 'of % messages % are stored', cardinality(p_seq), v_copied;
  END IF;
  UPDATE integration_queue u SET tail_seq = u.tail_seq + v_copied WHERE u.queue_id = q.queue_id;
  RETURN v_copied;
END $$`;

/** Parks the head. It is named, so that two who skip at the same time do not skip two. */
const SKIP = verb(
  'verb_skip',
  `
  IF waiting_seq(q, v_message) IS DISTINCT FROM q.head_seq THEN
    IF EXISTS (SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.message_id = v_message
               AND s.verdict = 'PARKED') THEN ${answer('unchanged')} END IF;
    ${answer('not_head')}
  END IF;
  IF q.lease_until > clock_timestamp() THEN ${answer('in_flight')} END IF;
  PERFORM set_head_aside(q, 'PARKED', p_actor, p_reason);
  RETURN ${CHANGED} || jsonb_build_object('seq', q.head_seq::text);`,
  `DECLARE v_message uuid := p_args ->> 'messageId';`,
);

/**
 * Puts a parked message back: at the head while nothing behind it was delivered, else at the back. All
 * between it and the head were set aside, or something was delivered (or discarded with its webhook).
 * Where the head has not come to it yet, because an earlier one was put back, it is in order again.
 * A new token: whoever is about to pass over it is refused.
 */
const UNSKIP = verb(
  'verb_unskip',
  `
  SELECT * INTO v_parked FROM set_aside_message s
    WHERE s.queue_id = q.queue_id AND s.message_id = v_message AND s.verdict = 'PARKED' ORDER BY s.seq LIMIT 1;
  IF NOT FOUND THEN ${answer('not_parked')} END IF;
  IF EXISTS (SELECT FROM integration_webhook w WHERE w.id = v_parked.webhook_id AND w.removed_at IS NOT NULL) THEN
    ${answer('webhook_removed')}
  END IF;
  IF v_parked.seq = q.head_seq AND q.lease_until > clock_timestamp() THEN
    ${answer('in_flight')}
  END IF;
  IF v_parked.seq >= q.head_seq THEN
    DELETE FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = v_parked.seq;
    UPDATE integration_queue u SET lease_token = u.lease_token + (v_parked.seq = q.head_seq)::integer
      WHERE u.queue_id = q.queue_id;
    RETURN ${CHANGED} || jsonb_build_object('place', 'in_order', 'seq', v_parked.seq::text);
  END IF;
  SELECT count(*) INTO v_aside FROM set_aside_message s
    WHERE s.queue_id = q.queue_id AND s.seq > v_parked.seq AND s.seq < q.head_seq;
  IF v_aside = q.head_seq - v_parked.seq - 1 THEN
    IF q.lease_until > clock_timestamp() THEN ${answer('in_flight')} END IF;
    DELETE FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = v_parked.seq;
    UPDATE integration_queue u SET head_seq = v_parked.seq, attempts = v_parked.attempts, due_at = '-infinity',
      last_error = NULL, last_error_code = NULL, lease_token = q.lease_token + 1 WHERE u.queue_id = q.queue_id;
    RETURN ${CHANGED} || jsonb_build_object('place', 'head', 'seq', v_parked.seq::text);
  END IF;
  PERFORM append_copies(q, ARRAY[v_parked.seq], 'requeue', NULL);
  UPDATE set_aside_message s SET verdict = 'REQUEUED', requeued_seq = q.tail_seq + 1, actor = p_actor,
    reason = p_reason, decided_at = clock_timestamp() WHERE s.queue_id = q.queue_id AND s.seq = v_parked.seq;
  RETURN ${CHANGED} || jsonb_build_object('place', 'back', 'seq', (q.tail_seq + 1)::text);`,
  `DECLARE
  v_message uuid := p_args ->> 'messageId';
  v_parked set_aside_message;
  v_aside bigint;`,
);

/**
 * Takes a message out of the queue for good, wherever in it it waits; its row and its attempts stay.
 * `otherwise`: what comes before a message behind the head is set aside, in a later migration.
 */
export const discard = (otherwise = ''): string =>
  verb(
    'verb_discard',
    `
  UPDATE set_aside_message s SET verdict = 'DISCARDED', actor = p_actor, reason = p_reason, decided_at = clock_timestamp()
    WHERE s.queue_id = q.queue_id AND s.message_id = v_message AND s.verdict = 'PARKED';
  IF FOUND THEN RETURN ${CHANGED}; END IF;
  v_seq := waiting_seq(q, v_message);
  IF v_seq IS NULL THEN
    IF EXISTS (SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.message_id = v_message
               AND s.verdict = 'DISCARDED') THEN ${answer('unchanged')} END IF;
    ${answer('not_waiting')}
  END IF;
  IF v_seq = q.head_seq THEN
    IF q.lease_until > clock_timestamp() THEN ${answer('in_flight')} END IF;
    PERFORM set_head_aside(q, 'DISCARDED', p_actor, p_reason);
  ELSE${otherwise}
    INSERT INTO set_aside_message (queue_id, seq, message_id, webhook_id, verdict, actor, reason)
    SELECT m.queue_id, m.seq, m.message_id, m.webhook_id, 'DISCARDED', p_actor, p_reason
    FROM integration_queue_message m WHERE m.queue_id = q.queue_id AND m.seq = v_seq LIMIT 1;
    UPDATE integration_queue u SET set_aside_seq = greatest(u.set_aside_seq, v_seq) WHERE u.queue_id = q.queue_id;
  END IF;
  RETURN ${CHANGED} || jsonb_build_object('seq', v_seq::text);`,
    `DECLARE
  v_message uuid := p_args ->> 'messageId';
  v_seq bigint;`,
  );

/**
 * Appends what was delivered in a range of time once more, in order; also what was parked first and
 * delivered from the back of the queue. Copies and tests are left out, and
 * so are messages of removed webhooks, which would only be discarded. Nothing is copied beyond the limit: one statement
 * should not hold the queue for longer than a second or so.
 */
const REPLAY = verb(
  'verb_replay',
  `
  SELECT coalesce(array_agg(found.seq ORDER BY found.seq), '{}') INTO v_seqs FROM (
    SELECT m.seq FROM integration_queue_message m JOIN integration_webhook w ON w.id = m.webhook_id
    WHERE m.queue_id = q.queue_id AND m.seq < q.head_seq AND m.origin = 'event'
      AND m.enqueued_at >= v_from AND m.enqueued_at < v_to
      AND (m.stored_at >= v_from AND m.stored_at < v_to OR m.stored_at = '-infinity')
      AND w.removed_at IS NULL AND (v_webhook IS NULL OR m.webhook_id = v_webhook)
      AND NOT EXISTS (
        SELECT FROM set_aside_message s
        LEFT JOIN set_aside_message again ON again.queue_id = s.queue_id AND again.seq = s.requeued_seq
        WHERE s.queue_id = m.queue_id AND s.seq = m.seq
          AND (s.requeued_seq < q.head_seq AND again.seq IS NULL) IS NOT TRUE)
    LIMIT v_limit + 1) AS found;
  IF cardinality(v_seqs) > v_limit THEN
    RETURN jsonb_build_object('verdict', 'too_many', 'limit', v_limit);
  END IF;
  IF cardinality(v_seqs) = 0 THEN
    RETURN jsonb_build_object('verdict', 'nothing_found', 'messages', 0);
  END IF;
  IF NOT p_dry_run THEN
    PERFORM append_copies(q, v_seqs, 'replay', p_args ->> 'endPoint');
  ELSE
    UPDATE integration_queue u SET tail_seq = u.tail_seq + cardinality(v_seqs) WHERE u.queue_id = q.queue_id;
  END IF;
  RETURN ${CHANGED} || jsonb_build_object('messages', cardinality(v_seqs), 'firstSeq', (q.tail_seq + 1)::text);`,
  `DECLARE
  v_from timestamptz := p_args ->> 'from';
  v_to timestamptz := p_args ->> 'to';
  v_webhook uuid := p_args ->> 'webhookId';
  v_limit integer := p_args ->> 'limit';
  v_seqs bigint[];`,
);

/** Appends a message that no record stands behind: a sample for the developer of a receiver. NULL: no such webhook. */
const APPEND_TEST = `
CREATE FUNCTION append_test_message(p_webhook uuid, p_integration uuid, p_integration_type text, p_message uuid,
                                    p_type text, p_body bytea)
RETURNS timestamptz LANGUAGE plpgsql ${KEYED_PLANS} AS $$
DECLARE
  v_queue integration_queue;
  v_enqueued_at timestamptz;
BEGIN
  SELECT * INTO v_queue FROM integration_queue q WHERE q.queue_id = p_integration FOR NO KEY UPDATE;
  PERFORM 1 FROM integration_webhook w WHERE w.id = p_webhook AND w.integration_id = p_integration
    AND w.integration_type = p_integration_type AND w.removed_at IS NULL;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  v_enqueued_at := date_trunc('milliseconds', clock_timestamp());
  INSERT INTO integration_queue_message (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition,
                                         source_offset, body, stored_at, origin)
  VALUES (p_integration, v_queue.tail_seq + 1, p_message, p_webhook, p_type, v_enqueued_at, -1, -1, p_body,
          v_enqueued_at, 'test');
  UPDATE integration_queue q SET tail_seq = q.tail_seq + 1 WHERE q.queue_id = p_integration;
  RETURN v_enqueued_at;
END $$`;
