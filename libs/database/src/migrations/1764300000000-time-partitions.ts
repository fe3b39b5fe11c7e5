import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';

/**
 * Messages, attempts and identities in partitions of a day (UTC), so that retention drops tables and
 * their space goes back to the system (ADR 27). Copies what is stored: takes as long as that takes,
 * with the old tables locked; replicas of the version before wait, and go on with the new ones.
 *
 * - `integration_queue_message` by `stored_at`. What outlives its day undelivered is kept in the
 *   partition `…_remainder`, whose stored_at is -infinity.
 * - `delivery_attempt` by `started_at`, keyed by webhook, so that a webhook's attempts are one range.
 * - `message_identity` by the time in the message id: what recognises a redelivery. Records whose
 *   timestamps are beyond all days are in its default partition.
 */
export class TimePartitions1764300000000 implements MigrationInterface {
  readonly name = 'TimePartitions1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    const functions = [UUID_AT, ADD_PARTITION, ADD_PARTITIONS, PARTITIONS];
    for (const sql of [RENAME, ...functions, TABLES, FIRST_PARTITIONS, COPY, FINISH]) {
      await runner.query(sql);
    }
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

const RENAME = `
DROP VIEW integration_queue_message_state;
ALTER TABLE integration_queue_message RENAME TO former_message;
ALTER TABLE delivery_attempt RENAME TO former_attempt;
ALTER INDEX integration_queue_message_pkey RENAME TO former_message_pkey;
ALTER INDEX delivery_attempt_pkey RENAME TO former_attempt_pkey;
DROP INDEX integration_queue_message_id;
`;

const TABLES = `
CREATE TABLE integration_queue_message (
  queue_id         uuid NOT NULL,
  seq              bigint NOT NULL,
  message_id       uuid NOT NULL,
  webhook_id       uuid NOT NULL,
  type             text NOT NULL,
  enqueued_at      timestamptz NOT NULL,
  source_partition integer NOT NULL,
  source_offset    bigint NOT NULL,
  body             bytea NOT NULL,
  stored_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  origin           text NOT NULL DEFAULT 'event' CHECK (origin IN ('event', 'replay', 'requeue', 'test')),
  end_point        text,
  trace_parent     text,
  PRIMARY KEY (queue_id, seq, stored_at)
) PARTITION BY RANGE (stored_at);
COMMENT ON TABLE integration_queue_message IS 'Append-only: delivered means seq < integration_queue.head_seq';
COMMENT ON COLUMN integration_queue_message.enqueued_at IS 'The date of the envelope: the same for every copy of a message';
COMMENT ON COLUMN integration_queue_message.stored_at IS 'Chooses the partition; -infinity: kept beyond the retention because it was not delivered';
COMMENT ON COLUMN integration_queue_message.end_point IS 'Where a replay goes to, when not to the endpoint of its webhook';
CREATE INDEX integration_queue_message_copy ON integration_queue_message (message_id) WHERE origin <> 'event';

CREATE TABLE integration_queue_message_remainder PARTITION OF integration_queue_message
  FOR VALUES FROM (MINVALUE) TO ('2000-01-01 00:00:00+00');
CREATE INDEX integration_queue_message_remainder_id ON integration_queue_message_remainder (message_id);
COMMENT ON TABLE integration_queue_message_remainder IS 'What was not delivered when the partition of its day was dropped';

CREATE TABLE delivery_attempt (
  queue_id    uuid NOT NULL,
  seq         bigint NOT NULL,
  attempt     integer NOT NULL,
  message_id  uuid NOT NULL,
  webhook_id  uuid NOT NULL,
  started_at  timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  outcome     text NOT NULL CHECK (outcome IN ('delivered', 'rejected', 'timed_out', 'unreachable',
                                               'refused_address', 'invalid_configuration', 'discarded')),
  status_code integer,
  code        text,
  error       text,
  excerpt     bytea,
  PRIMARY KEY (webhook_id, seq, attempt, started_at)
) PARTITION BY RANGE (started_at);
COMMENT ON TABLE delivery_attempt IS 'Append-only: one row an attempt, written with its outcome';

CREATE TABLE message_identity (
  message_id uuid NOT NULL,
  queue_id   uuid NOT NULL,
  seq        bigint NOT NULL,
  stored_at  timestamptz NOT NULL,
  PRIMARY KEY (message_id)
) PARTITION BY RANGE (message_id);
COMMENT ON TABLE message_identity IS 'Which messages were stored: redelivery and replay of records create nothing twice';
CREATE TABLE message_identity_default PARTITION OF message_identity DEFAULT;
COMMENT ON TABLE message_identity_default IS 'Of records whose timestamps are outside of all partitions';
`;

/** A message id begins with the milliseconds of its record's timestamp, see messageIdOf. */
const UUID_AT = `
CREATE FUNCTION first_message_id_at(p_time timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM p_time) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$`;

/**
 * Makes the partition of a UTC day; false where it is there. Made beside its table and then attached,
 * which lets statements on the table go on. Rows of that day in a default partition move over.
 */
const ADD_PARTITION = `
CREATE FUNCTION add_partition(p_table text, p_day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_name text := p_table || '_' || to_char(p_day, 'YYYYMMDD');
  v_from text := p_day || ' 00:00:00+00';
  v_to   text := (p_day + 1) || ' 00:00:00+00';
BEGIN
  IF to_regclass(v_name) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL) WITH (autovacuum_vacuum_insert_scale_factor = 0.05)',
                 v_name, p_table);
  IF p_table = 'message_identity' THEN
    v_from := first_message_id_at(v_from::timestamptz)::text;
    v_to := first_message_id_at(v_to::timestamptz)::text;
    LOCK TABLE message_identity_default IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('WITH moved AS (DELETE FROM message_identity_default WHERE message_id >= %L AND message_id < %L
                    RETURNING *) INSERT INTO %I SELECT * FROM moved', v_from, v_to, v_name);
  END IF;
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', p_table, v_name, v_from, v_to);
  RETURN true;
END $$`;

/** Makes the partitions of all three tables from p_from to p_to; returns the names of those that were missing. */
const ADD_PARTITIONS = `
CREATE FUNCTION add_partitions(p_from timestamptz, p_to timestamptz) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT t.name || '_' || to_char(d.day, 'YYYYMMDD')
  FROM generate_series((p_from AT TIME ZONE 'UTC')::date, (p_to AT TIME ZONE 'UTC')::date, interval '1 day') AS d (day),
       unnest(ARRAY['integration_queue_message', 'delivery_attempt', 'message_identity']) AS t (name)
  WHERE add_partition(t.name, d.day::date)
$$`;

/** The partitions of a table that hold one day each, oldest first. */
const PARTITIONS = `
CREATE FUNCTION day_partitions(p_table text) RETURNS TABLE (name text, day date) LANGUAGE sql STABLE AS $$
  SELECT c.relname::text, to_date(right(c.relname, 8), 'YYYYMMDD')
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = p_table::regclass AND c.relname ~ '_[0-9]{8}$'
  ORDER BY 2
$$`;

/**
 * From the oldest message on, and ahead far enough that a database that nothing runs on for a while
 * can be written to at once; identities besides for what Kafka may still hold at a first start.
 */
const FIRST_PARTITIONS = `
SELECT add_partitions(
  least(clock_timestamp() - interval '1 day', (SELECT min(enqueued_at) FROM former_message),
        (SELECT min(started_at) FROM former_attempt)),
  clock_timestamp() + interval '10 days');
SELECT add_partition('message_identity', (clock_timestamp() AT TIME ZONE 'UTC')::date - n)
FROM generate_series(2, 14) AS n;
`;

const COPY = `
INSERT INTO integration_queue_message (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition,
                                       source_offset, body, stored_at)
  SELECT queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition, source_offset, body, enqueued_at
  FROM former_message;
INSERT INTO message_identity (message_id, queue_id, seq, stored_at)
  SELECT message_id, queue_id, seq, enqueued_at FROM former_message;
INSERT INTO delivery_attempt (queue_id, seq, attempt, message_id, webhook_id, started_at, duration_ms, outcome,
                              status_code, code, error, excerpt)
  SELECT a.queue_id, a.seq, a.attempt, a.message_id, m.webhook_id, a.started_at, a.duration_ms, a.outcome,
         a.status_code, a.code, a.error, a.excerpt
  FROM former_attempt a JOIN former_message m ON m.queue_id = a.queue_id AND m.seq = a.seq;
`;

const FINISH = `
DROP TABLE former_attempt;
DROP TABLE former_message;
`;
