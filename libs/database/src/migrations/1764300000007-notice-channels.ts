import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';

/** The two ways by which notices leave, each with a lease, so that one replica at a time uses it. A new table alone. */
export class NoticeChannels1764300000007 implements MigrationInterface {
  readonly name = 'NoticeChannels1764300000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CHANNELS);
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

const CHANNELS = `
CREATE TABLE notice_channel (
  channel     text PRIMARY KEY CHECK (channel IN ('topic', 'webhook')),
  lease_token bigint NOT NULL DEFAULT 0,
  lease_owner text,
  lease_until timestamptz NOT NULL DEFAULT '-infinity',
  failures    integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE notice_channel IS 'Ways by which notices leave: one replica at a time by each';
COMMENT ON COLUMN notice_channel.lease_until IS 'Nobody else sends before: somebody does, or the last try failed';
COMMENT ON COLUMN notice_channel.failures IS 'Tries that failed since the last success: the pause grows with them';
COMMENT ON COLUMN queue_notice.posted_at IS 'When the operator''s webhook took it; -infinity: it was too old to be posted';
COMMENT ON COLUMN queue_notice.emitted_at IS 'When it was on applications.queue.status';
INSERT INTO notice_channel (channel) VALUES ('topic'), ('webhook');
`;
