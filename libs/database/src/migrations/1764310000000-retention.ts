import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';
import { KEYED_PLANS } from './1763700000001-queue-order.js';

/**
 * What the retention job does, each step one autocommitted statement of its own (ADR 27). The present
 * time is an argument, so that a test ages what is stored by it.
 *
 * No message is lost by this, because what a queue needs of its stored rows only shrinks: a head moves
 * back only to a PARKED message, and those stay, with all that was set aside behind them. So a row that is not
 * needed by the snapshot of any statement is not needed afterwards, and queues need not be locked
 * while their rows are moved.
 */
export class Retention1764310000000 implements MigrationInterface {
  readonly name = 'Retention1764310000000';

  async up(runner: QueryRunner): Promise<void> {
    const parts = [IDENTITIES_BY_AGE, TURN, MAKE, EXPIRED, UNKNOWN_BEFORE, RECALLABLE, NEEDED];
    for (const sql of [...parts, KEEP, DROP, FORGET_SETTLED, FORGET_ROWS]) {
      await runner.query(sql);
    }
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

/**
 * A lock that the job waits for keeps all those waiting who come after it, so it waits no longer than
 * this. Longer than deadlock_timeout (1 s), after which an autovacuum that is in the way is ended.
 */
const SHORT_WAITS = `SET lock_timeout = '1500ms'`;

/** Of a day, almost all identities are stored on that day; the index tells whether some came late. */
const IDENTITIES_BY_AGE = `
CREATE INDEX message_identity_stored ON message_identity USING brin (stored_at);
`;

/** One replica at a time: a step of a second one fails, and it leaves the work to the first ("hcrt" in ASCII). */
const TURN = `
CREATE FUNCTION take_retention_turn() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(x'68637274'::bigint) THEN
    RAISE EXCEPTION USING ERRCODE = 'WHRET', MESSAGE = 'another replica is at it';
  END IF;
END $$`;

/** Makes what is missing of the partitions of today and the next three days. Replicas wait for each other. */
const MAKE = `
CREATE FUNCTION make_partitions(p_now timestamptz) RETURNS SETOF text LANGUAGE plpgsql ${SHORT_WAITS} AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(x'68637061'::bigint);
  RETURN QUERY SELECT add_partitions(p_now, p_now + interval '3 days');
END $$`;

/** The partitions of a table whose days had ended at the given time, oldest first. */
const EXPIRED = `
CREATE FUNCTION expired_partitions(p_table text, p_before timestamptz) RETURNS TABLE (name text, day date)
LANGUAGE sql STABLE AS $$
  SELECT p.name, p.day FROM day_partitions(p_table) p
  WHERE (p.day + 1)::timestamp AT TIME ZONE 'UTC' <= p_before ORDER BY p.day
$$`;

/**
 * Identities stored before may go: p_before, but never those of messages that are still in the partition of their day,
 * which operators find by them. (In the remainder they find them without.) NULL: none.
 */
const UNKNOWN_BEFORE = `
CREATE FUNCTION unknown_before(p_before timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_before IS NOT NULL THEN least(p_before, min(d.day)::timestamp AT TIME ZONE 'UTC') END
  FROM day_partitions('integration_queue_message') d
$$`;

/**
 * What a queue is past, and may come to again: PARKED messages, and what was set aside behind one, which
 * the head goes through again when that one is put back.
 */
const RECALLABLE = `
CREATE FUNCTION recallable_seqs(q integration_queue) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT s.seq FROM set_aside_message s
  WHERE q.set_aside_seq > 0 AND s.queue_id = q.queue_id AND s.seq < q.head_seq
    AND s.seq >= (SELECT p.seq FROM set_aside_message p WHERE p.queue_id = q.queue_id AND p.verdict = 'PARKED'
                  ORDER BY p.seq LIMIT 1)
$$`;

/**
 * The first messages stored in a range of time that a queue may still have to send, with their sizes; of both
 * kinds at most p_rows. The limit stands inside, so that of a million messages only these are read.
 */
const NEEDED = `
CREATE FUNCTION needed_messages(q integration_queue, p_from timestamptz, p_to timestamptz, p_rows integer)
RETURNS TABLE (seq bigint, bytes integer) LANGUAGE sql STABLE AS $$
  (SELECT m.seq, octet_length(m.body) FROM integration_queue_message m
   WHERE m.queue_id = q.queue_id AND m.seq >= q.head_seq AND m.stored_at >= p_from AND m.stored_at < p_to
   ORDER BY m.seq LIMIT p_rows)
  UNION ALL
  (SELECT m.seq, octet_length(m.body) FROM recallable_seqs(q) AS s (seq)
   JOIN integration_queue_message m ON m.queue_id = q.queue_id AND m.seq = s.seq
   WHERE m.stored_at >= p_from AND m.stored_at < p_to LIMIT p_rows)
$$`;

/**
 * Moves what is needed of a day to the remainder, at most about so many rows and bytes; goes through
 * the queues from p_from on, and says where to go on, or NULL at the end. An update of the partition key
 * is one step for whoever reads: a row is in the one place or in the other.
 */
const KEEP = `
CREATE FUNCTION keep_undelivered(p_day date, p_from uuid, p_rows integer, p_bytes bigint)
RETURNS TABLE (moved integer, next_queue uuid) LANGUAGE plpgsql ${SHORT_WAITS} ${KEYED_PLANS} AS $$
DECLARE
  v_from timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
  v_to   timestamptz := (p_day + 1)::timestamp AT TIME ZONE 'UTC';
  v_seqs bigint[];
  v_bytes bigint;
BEGIN
  PERFORM take_retention_turn();
  moved := 0;
  FOR next_queue IN
    SELECT q.queue_id FROM integration_queue q
    WHERE q.queue_id >= p_from AND (q.head_seq <= q.tail_seq OR q.set_aside_seq > 0)
      AND EXISTS (SELECT FROM needed_messages(q, v_from, v_to, 1))
    ORDER BY q.queue_id
  LOOP
    SELECT array_agg(n.seq), sum(n.bytes) INTO v_seqs, v_bytes FROM (
      SELECT m.seq, m.bytes, sum(m.bytes) OVER (ORDER BY m.seq) - m.bytes AS before
      FROM integration_queue q CROSS JOIN LATERAL (
        SELECT * FROM needed_messages(q, v_from, v_to, p_rows - moved) AS each ORDER BY each.seq LIMIT p_rows - moved) AS m
      WHERE q.queue_id = next_queue
    ) AS n WHERE n.before < p_bytes;
    CONTINUE WHEN v_seqs IS NULL;
    UPDATE integration_queue_message m SET stored_at = '-infinity'
    WHERE m.queue_id = next_queue AND m.seq = ANY (v_seqs) AND m.stored_at >= v_from AND m.stored_at < v_to;
    moved := moved + cardinality(v_seqs);
    p_bytes := p_bytes - v_bytes;
    IF moved >= p_rows OR p_bytes <= 0 THEN
      RETURN NEXT;
      RETURN;
    END IF;
  END LOOP;
  next_queue := NULL;
  RETURN NEXT;
END $$`;

/**
 * Drops the partition of a day, unless it holds what is still needed: `dropped` is false then. Nobody
 * reads or writes the table meanwhile, so what is looked up here is how it is; the space is given back
 * after the locks. The whole table is locked first, as its readers do it: the other way round would
 * be a deadlock.
 *
 * An identity is kept from when it was stored, not from the time in it, which may be long past: a day is
 * kept while some of it was stored lately.
 */
export const DROP = `
CREATE FUNCTION drop_partition(p_table text, p_day date, p_before timestamptz)
RETURNS TABLE (dropped boolean, estimated_rows bigint, bytes bigint) LANGUAGE plpgsql ${SHORT_WAITS} ${KEYED_PLANS} AS $$
DECLARE
  v_name text := p_table || '_' || to_char(p_day, 'YYYYMMDD');
  v_from timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
  v_to   timestamptz := (p_day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  PERFORM take_retention_turn();
  IF v_to > p_before THEN
    RAISE EXCEPTION '% had not ended at %', p_day, p_before;
  END IF;
  EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', p_table);
  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE NOWAIT', v_name);
  IF p_table = 'integration_queue_message' THEN
    dropped := NOT EXISTS (
      SELECT FROM integration_queue q WHERE (q.head_seq <= q.tail_seq OR q.set_aside_seq > 0)
        AND EXISTS (SELECT FROM needed_messages(q, v_from, v_to, 1)));
  ELSIF p_table = 'message_identity' THEN
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I WHERE stored_at >= $1)', v_name) INTO dropped
      USING unknown_before(p_before);
  ELSE
    dropped := true;
  END IF;
  SELECT c.reltuples, pg_total_relation_size(c.oid) INTO estimated_rows, bytes FROM pg_class c WHERE c.oid = v_name::regclass;
  IF dropped THEN
    EXECUTE format('DROP TABLE %I', v_name);
  END IF;
  RETURN NEXT;
END $$`;

/**
 * Deletes what is settled by now of the remainder, at most so many rows. A queue that somebody is at is left for the
 * next time: a replay finds messages in one statement and copies them in another.
 */
const FORGET_SETTLED = `
CREATE FUNCTION forget_settled(p_from uuid, p_rows integer) RETURNS TABLE (deleted integer, next_queue uuid)
LANGUAGE plpgsql ${SHORT_WAITS} ${KEYED_PLANS} AS $$
DECLARE
  v_queue integration_queue;
  v_deleted integer;
BEGIN
  PERFORM take_retention_turn();
  deleted := 0;
  FOR next_queue IN
    SELECT q.queue_id FROM integration_queue q
    WHERE q.queue_id >= p_from AND EXISTS (
      SELECT FROM integration_queue_message_remainder m
      WHERE m.queue_id = q.queue_id AND m.seq < q.head_seq AND m.seq NOT IN (SELECT recallable_seqs(q)))
    ORDER BY q.queue_id
  LOOP
    SELECT * INTO v_queue FROM integration_queue q WHERE q.queue_id = next_queue FOR NO KEY UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    DELETE FROM integration_queue_message_remainder m WHERE m.queue_id = v_queue.queue_id AND m.seq = ANY (ARRAY(
      SELECT r.seq FROM integration_queue_message_remainder r
      WHERE r.queue_id = v_queue.queue_id AND r.seq < v_queue.head_seq AND r.seq NOT IN (SELECT recallable_seqs(v_queue))
      ORDER BY r.seq LIMIT p_rows - deleted));
    GET DIAGNOSTICS v_deleted = ROW_COUNT;
    deleted := deleted + v_deleted;
    IF deleted >= p_rows THEN
      RETURN NEXT;
      RETURN;
    END IF;
  END LOOP;
  next_queue := NULL;
  RETURN NEXT;
END $$`;

/**
 * Deletes rows that nobody needs any more from the tables without partitions, at most so many of each. What
 * recognises a record that Kafka brings again goes by p_known_before, NULL: stays for ever.
 *
 * - Identities by when they were stored. Those with a time to come stay until then besides, as the record does in Kafka;
 *   negative times are the ids from 8 on.
 * - What was set aside, once its message is gone; never what is PARKED.
 * - Notices of episodes that are over: of one that goes on they keep a second one from being written.
 * - Dead letters that became messages.
 */
const FORGET_ROWS = `
CREATE FUNCTION forget_rows(p_now timestamptz, p_before timestamptz, p_known_before timestamptz, p_rows integer)
RETURNS TABLE (name text, deleted bigint) LANGUAGE plpgsql ${SHORT_WAITS} AS $$
DECLARE
  v_unknown_before timestamptz;
BEGIN
  PERFORM take_retention_turn();
  v_unknown_before := unknown_before(p_known_before);
  RETURN QUERY
  WITH identity AS (
    DELETE FROM message_identity_default i WHERE i.message_id = ANY (ARRAY(
      SELECT d.message_id FROM message_identity_default d
      WHERE d.stored_at < v_unknown_before
        AND (d.message_id < first_message_id_at(p_now) OR d.message_id >= '80000000-0000-0000-0000-000000000000')
      LIMIT p_rows)) RETURNING 1
  ), aside AS (
    DELETE FROM set_aside_message s WHERE (s.queue_id, s.seq) IN (
      SELECT a.queue_id, a.seq FROM set_aside_message a
      WHERE a.verdict <> 'PARKED' AND a.decided_at < p_before AND NOT EXISTS (
        SELECT FROM integration_queue_message m WHERE m.queue_id = a.queue_id AND m.seq = a.seq)
      LIMIT p_rows) RETURNING 1
  ), notice AS (
    DELETE FROM queue_notice n WHERE n.id = ANY (ARRAY(
      SELECT o.id FROM queue_notice o
      WHERE o.emitted_at IS NOT NULL AND o.happened_at < p_before AND NOT EXISTS (
        SELECT FROM integration_queue q WHERE q.queue_id = o.queue_id AND q.blocked_at = o.episode)
      LIMIT p_rows)) RETURNING 1
  ), letter AS (
    DELETE FROM ingest_dead_letter l WHERE l.id = ANY (ARRAY(
      SELECT r.id FROM ingest_dead_letter r WHERE r.redriven_at < p_known_before LIMIT p_rows)) RETURNING 1
  )
  SELECT 'message_identity_default', count(*) FROM identity
  UNION ALL SELECT 'set_aside_message', count(*) FROM aside
  UNION ALL SELECT 'queue_notice', count(*) FROM notice
  UNION ALL SELECT 'ingest_dead_letter', count(*) FROM letter;
END $$`;
