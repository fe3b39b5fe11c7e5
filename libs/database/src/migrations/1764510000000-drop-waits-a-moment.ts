import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';
import { KEYED_PLANS } from './1763700000001-queue-order.js';
import { SHORT_WAITS } from './1764310000000-retention.js';

/**
 * The retention job waits a moment for a partition whose readers are about to leave it: a transaction that
 * ends frees its locks one after another, that of the parent before that of the partition.
 */
export class DropWaitsAMoment1764510000000 implements MigrationInterface {
  readonly name = 'DropWaitsAMoment1764510000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DROP);
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

/**
 * As before (see Retention1764310000000), except that NOWAIT is 500 ms. Everybody who comes to the table
 * waits that long behind the lock of the parent, and it is less than deadlock_timeout (1 s): who holds the
 * partition and wants the parent gets it when this gives up.
 */
const DROP = `
CREATE OR REPLACE FUNCTION drop_partition(p_table text, p_day date, p_before timestamptz)
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
  PERFORM set_config('lock_timeout', '500ms', true);
  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', v_name);
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
