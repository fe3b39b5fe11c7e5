import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';
import { DROP } from './1764310000000-retention.js';
import { but } from './changed-function.js';

/**
 * The retention job waits a moment for a partition whose readers are about to leave it: a transaction that
 * ends frees its locks one after another, that of the parent before that of the partition.
 */
export class DropWaitsAMoment1764510000000 implements MigrationInterface {
  readonly name = 'DropWaitsAMoment1764510000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(WAITS);
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

/**
 * As before, except that NOWAIT is 500 ms. Everybody who comes to the table
 * waits that long behind the lock of the parent, and it is less than deadlock_timeout (1 s): who holds the
 * partition and wants the parent gets it when this gives up.
 */
const WAITS = but(
  DROP,
  ['CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'],
  [
    "  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE NOWAIT', v_name);",
    `  PERFORM set_config('lock_timeout', '500ms', true);
  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', v_name);`,
  ],
);
