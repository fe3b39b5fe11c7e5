import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';
import { KEYED_PLANS } from './1763700000001-queue-order.js';

/**
 * What operators do to queues: `operate_queue` is the one way in. It locks the queue, so that every
 * verb is ordered against deliveries, records of outcomes and other operators; answers a request id
 * that it has seen with what it answered then; undoes what a dry run did; and writes down who did what,
 * when and why, with the queue before and after, in the transaction of the deed.
 *
 * A verb takes the locked queue and its arguments, and answers with a `verdict`; 'changed' alone means
 * that something was done. None waits for a request that is under way: it answers 'in_flight'.
 */
export class OperatorVerbs1764300000003 implements MigrationInterface {
  readonly name = 'OperatorVerbs1764300000003';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [SNAPSHOT, PAUSE, RESUME, UNBLOCK, SET_RECOVERY, OPERATE]) {
      await runner.query(sql);
    }
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

/** A queue as the record of actions shows it. 64-bit numbers are text: JSON readers round them. */
const SNAPSHOT = `
CREATE FUNCTION queue_snapshot(q integration_queue) RETURNS json LANGUAGE sql STABLE AS $$
  SELECT json_build_object('status', q.status, 'headSeq', q.head_seq::text, 'tailSeq', q.tail_seq::text,
    'pausedAt', q.paused_at, 'blockedAt', q.blocked_at, 'attempts', q.attempts, 'dueAt', q.due_at::text,
    'gaveUpReason', q.gave_up_reason, 'recoveryMode', q.recovery_mode,
    'backoffMinMs', q.backoff_min_ms, 'backoffMaxMs', q.backoff_max_ms)
$$`;

/** The request is looked up again under the lock: of two with the same id one waits for the other. */
const OPERATE = `
CREATE FUNCTION operate_queue(p_verb text, p_queue uuid, p_args json, p_actor text, p_reason text, p_request uuid,
                              p_dry_run boolean)
RETURNS jsonb LANGUAGE plpgsql ${KEYED_PLANS} AS $$
DECLARE
  v_queue integration_queue;
  v_done operator_action;
  v_before json;
  v_after json;
  v_result jsonb;
BEGIN
  SELECT * INTO v_queue FROM integration_queue q WHERE q.queue_id = p_queue FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN jsonb_build_object('verdict', 'not_found');
  END IF;
  SELECT * INTO v_done FROM operator_action a WHERE a.request_id = p_request;
  IF FOUND THEN
    IF v_done.action <> p_verb OR v_done.queue_id IS DISTINCT FROM p_queue OR v_done.target::text IS DISTINCT FROM p_args::text THEN
      RETURN jsonb_build_object('verdict', 'request_id_used');
    END IF;
    RETURN v_done.result::jsonb || jsonb_build_object('repeated', true, 'before', v_done.before, 'after', v_done.after);
  END IF;
  v_before := queue_snapshot(v_queue);
  BEGIN
    EXECUTE format('SELECT %I($1, $2, $3, $4, $5)', 'verb_' || p_verb) INTO v_result
      USING v_queue, p_args, p_actor, p_reason, p_dry_run;
    SELECT queue_snapshot(q) INTO v_after FROM integration_queue q WHERE q.queue_id = p_queue;
    IF p_dry_run THEN
      RAISE EXCEPTION USING ERRCODE = 'WHDRY', MESSAGE = 'a dry run is undone';
    END IF;
  EXCEPTION WHEN SQLSTATE 'WHDRY' THEN NULL;
  END;
  IF v_result ->> 'verdict' = 'changed' AND NOT p_dry_run THEN
    INSERT INTO operator_action (actor, action, queue_id, target, reason, request_id, before, after, result)
    VALUES (p_actor, p_verb, p_queue, p_args, p_reason, p_request, v_before, v_after, v_result);
  END IF;
  RETURN v_result || jsonb_build_object('repeated', false, 'before', v_before, 'after', v_after);
END $$`;

/** `body` returns the answer; `declare` is its DECLARE section. */
export const verb = (name: string, body: string, declare = ''): string => `
CREATE FUNCTION ${name}(q integration_queue, p_args json, p_actor text, p_reason text, p_dry_run boolean) RETURNS jsonb
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
${declare}
BEGIN
${body}
END $$`;

export const CHANGED = `jsonb_build_object('verdict', 'changed')`;
export const answer = (verdict: string): string =>
  `RETURN jsonb_build_object('verdict', '${verdict}');`;

const PAUSE = verb(
  'verb_pause',
  `
  IF q.paused_at IS NOT NULL THEN ${answer('unchanged')} END IF;
  UPDATE integration_queue u SET paused_at = clock_timestamp() WHERE u.queue_id = q.queue_id;
  RETURN ${CHANGED};`,
);

/** Days without success do not count while nothing is tried. */
const RESUME = verb(
  'verb_resume',
  `
  IF q.paused_at IS NULL THEN ${answer('unchanged')} END IF;
  UPDATE integration_queue u SET paused_at = NULL,
    probing_since = CASE WHEN q.status = 'BLOCKED' THEN clock_timestamp() END
  WHERE u.queue_id = q.queue_id;
  RETURN ${CHANGED};`,
);

/**
 * Asks for the head to be tried now; the queue stays BLOCKED until it was delivered. An attempt under way
 * would write its own due time over the request when it fails, so its end comes first.
 */
const UNBLOCK = verb(
  'verb_unblock',
  `
  IF q.status <> 'BLOCKED' THEN ${answer('not_blocked')} END IF;
  IF q.lease_until > clock_timestamp() THEN ${answer('in_flight')} END IF;
  IF q.due_at = '-infinity' THEN ${answer('unchanged')} END IF;
  UPDATE integration_queue u SET due_at = '-infinity' WHERE u.queue_id = q.queue_id;
  RETURN ${CHANGED};`,
);

/** NULL is as configured. A queue that had given up probes again; one that probes is due at once. */
const SET_RECOVERY = verb(
  'verb_set_recovery',
  `
  IF (q.recovery_mode, q.backoff_min_ms, q.backoff_max_ms) IS NOT DISTINCT FROM
     (p_args ->> 'mode', (p_args ->> 'backoffMinMs')::integer, (p_args ->> 'backoffMaxMs')::integer)
     AND q.gave_up_at IS NULL THEN ${answer('unchanged')} END IF;
  IF q.status = 'BLOCKED' AND q.lease_until > clock_timestamp() THEN ${answer('in_flight')} END IF;
  UPDATE integration_queue u SET
    recovery_mode = p_args ->> 'mode', backoff_min_ms = (p_args ->> 'backoffMinMs')::integer,
    backoff_max_ms = (p_args ->> 'backoffMaxMs')::integer, gave_up_at = NULL, gave_up_reason = NULL,
    probing_since = CASE WHEN q.status = 'BLOCKED' THEN clock_timestamp() END,
    due_at = CASE WHEN q.status = 'BLOCKED' AND q.due_at > clock_timestamp() THEN clock_timestamp() ELSE q.due_at END
  WHERE u.queue_id = q.queue_id;
  RETURN ${CHANGED};`,
);
