import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';

/**
 * Lets a role that owns nothing run the service: partitions are made and dropped as whoever migrates
 * (ADR 40). Everything else is rows, which can be granted.
 */
export class ServiceRole1764610000000 implements MigrationInterface {
  readonly name = 'ServiceRole1764610000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(AS_THE_OWNER);
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

/**
 * The search path is fixed, and temporary tables come last, so that nobody who calls them can put objects of
 * their own in the place of ours. What a function of another owner may do is granted one by one.
 */
const AS_THE_OWNER = `
DO $do$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT p.oid FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.proname IN ('make_partitions', 'drop_partition')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp', v_function, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', v_function);
  END LOOP;
END $do$`;
