import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';

/** Who may call the operator API. A table of its own: replicas of the version before do not know it. */
export class OperatorAccess1764400000000 implements MigrationInterface {
  readonly name = 'OperatorAccess1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TOKENS);
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

/** A name stands for one token at a time, so that the audit log says who acted. */
const TOKENS = `
CREATE TABLE operator_token (
  id         uuid PRIMARY KEY,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  role       text NOT NULL CHECK (role IN ('viewer', 'operator')),
  token_hash bytea NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz
);
COMMENT ON TABLE operator_token IS 'Who may call the operator API; a row stays when its token is revoked';
COMMENT ON COLUMN operator_token.token_hash IS 'SHA-256 of the token; the token itself is shown once and never stored';
COMMENT ON COLUMN operator_token.expires_at IS 'NULL: until it is revoked';
CREATE UNIQUE INDEX operator_token_active_name ON operator_token (name) WHERE revoked_at IS NULL;
`;
