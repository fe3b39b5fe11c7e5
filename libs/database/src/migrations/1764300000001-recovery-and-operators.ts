import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';

/** What recovery, operators and notices have to remember. New columns with defaults and new tables alone. */
export class RecoveryAndOperators1764300000001 implements MigrationInterface {
  readonly name = 'RecoveryAndOperators1764300000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [QUEUE, SET_ASIDE, ACTIONS, NOTICES, DEAD_LETTERS, STATE]) {
      await runner.query(sql);
    }
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

const QUEUE = `
ALTER TABLE integration_queue
  ADD COLUMN paused_at       timestamptz,
  ADD COLUMN healthy_since   timestamptz NOT NULL DEFAULT clock_timestamp(),
  ADD COLUMN last_error_code text,
  ADD COLUMN recovery_mode   text CHECK (recovery_mode IN ('probe', 'manual')),
  ADD COLUMN backoff_min_ms  integer CHECK (backoff_min_ms > 0),
  ADD COLUMN backoff_max_ms  integer CHECK (backoff_max_ms >= backoff_min_ms),
  ADD COLUMN probing_since   timestamptz,
  ADD COLUMN gave_up_at      timestamptz,
  ADD COLUMN gave_up_reason  text CHECK (gave_up_reason IN ('gone', 'no_success')),
  ADD COLUMN pace            real CHECK (pace > 0),
  ADD COLUMN set_aside_seq   bigint NOT NULL DEFAULT 0,
  ADD CHECK ((gave_up_at IS NULL) = (gave_up_reason IS NULL)),
  ADD CHECK (gave_up_at IS NULL OR status = 'BLOCKED');
COMMENT ON COLUMN integration_queue.paused_at IS 'An operator paused it: messages are accepted, none is sent';
COMMENT ON COLUMN integration_queue.recovery_mode IS 'NULL: as configured (RECOVERY_MODE); so are the bounds of the backoff';
COMMENT ON COLUMN integration_queue.probing_since IS 'When an operator set it to be probed: days without success count from here';
COMMENT ON COLUMN integration_queue.gave_up_at IS 'Not probed any more in this episode: after 410, or days without success';
COMMENT ON COLUMN integration_queue.pace IS 'Messages a second while a backlog drains after an episode; NULL: as fast as can be';
COMMENT ON COLUMN integration_queue.set_aside_seq IS 'No message behind it was set aside, so none has to be looked up';
`;

const SET_ASIDE = `
CREATE TABLE set_aside_message (
  queue_id     uuid NOT NULL REFERENCES integration_queue (queue_id),
  seq          bigint NOT NULL,
  message_id   uuid NOT NULL,
  webhook_id   uuid NOT NULL,
  verdict      text NOT NULL CHECK (verdict IN ('PARKED', 'DISCARDED', 'REQUEUED')),
  attempts     integer NOT NULL DEFAULT 0,
  requeued_seq bigint,
  actor        text NOT NULL,
  reason       text,
  decided_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (queue_id, seq),
  CHECK ((verdict = 'REQUEUED') = (requeued_seq IS NOT NULL))
);
COMMENT ON TABLE set_aside_message IS 'Messages that an operator took out of the order of their queue';
COMMENT ON COLUMN set_aside_message.attempts IS 'Failed attempts when it was taken out: it goes on counting from here when it is put back';
CREATE INDEX set_aside_message_id ON set_aside_message (message_id);
`;

/** A request id is an idempotency key: the second request with it gets the answer of the first. */
const ACTIONS = `
ALTER TABLE operator_action
  ALTER COLUMN queue_id DROP NOT NULL,
  ADD COLUMN target     json,
  ADD COLUMN request_id uuid UNIQUE,
  ADD COLUMN result     json;
COMMENT ON TABLE operator_action IS 'Append-only: who did what to what, when, why';
COMMENT ON COLUMN operator_action.target IS 'What it was done to, where that is not a queue alone';
DROP FUNCTION unblock_queue(uuid, text, text);
`;

const NOTICES = `
CREATE TABLE queue_notice (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  notice_id       uuid NOT NULL DEFAULT gen_random_uuid(),
  queue_id        uuid NOT NULL,
  organization_id text NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('blocked', 'gave_up', 'still_blocked_1h', 'still_blocked_24h', 'recovered')),
  episode         timestamptz NOT NULL,
  happened_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  detail          json NOT NULL,
  emitted_at      timestamptz,
  posted_at       timestamptz,
  UNIQUE (queue_id, episode, kind)
);
COMMENT ON TABLE queue_notice IS 'Outbox: one row a kind and episode, written with what it tells of';
COMMENT ON COLUMN queue_notice.episode IS 'When the queue was blocked';
COMMENT ON COLUMN queue_notice.emitted_at IS 'When it was on applications.queue.status; posted_at: when the operator''s webhook took it';
CREATE INDEX queue_notice_to_emit ON queue_notice (id) WHERE emitted_at IS NULL;
CREATE INDEX queue_notice_to_post ON queue_notice (id) WHERE posted_at IS NULL;
`;

const DEAD_LETTERS = `
ALTER TABLE ingest_dead_letter
  ADD COLUMN redriven_at timestamptz,
  ADD COLUMN redriven_by text;
COMMENT ON COLUMN ingest_dead_letter.redriven_at IS 'When it became messages after all';
`;

/** Attempts are looked up among partitions by their message's webhook and number. */
const STATE = `
CREATE VIEW integration_queue_message_state AS
SELECT m.queue_id AS integration_id, m.seq, m.message_id, m.webhook_id, m.type, m.enqueued_at, m.origin, m.end_point,
       CASE WHEN aside.verdict IS NOT NULL THEN aside.verdict
            WHEN discarded.attempt IS NOT NULL OR (m.seq >= q.head_seq AND w.removed_at IS NOT NULL) THEN 'DISCARDED'
            WHEN m.seq < q.head_seq THEN 'DELIVERED'
            ELSE 'QUEUED' END AS status,
       coalesce(tried.attempt, CASE WHEN m.seq = q.head_seq THEN q.attempts END, 0) AS attempts,
       coalesce(tried.started_at, CASE WHEN m.seq = q.head_seq AND q.attempts > 0 THEN q.last_tried_at END) AS last_tried_at,
       coalesce(tried.error, CASE WHEN m.seq = q.head_seq THEN q.last_error END) AS last_error_message,
       coalesce(tried.code, CASE WHEN m.seq = q.head_seq THEN q.last_error_code END) AS last_error_code
FROM integration_queue_message m
JOIN integration_queue q ON q.queue_id = m.queue_id
JOIN integration_webhook w ON w.id = m.webhook_id
LEFT JOIN set_aside_message aside ON aside.queue_id = m.queue_id AND aside.seq = m.seq
LEFT JOIN LATERAL (
  SELECT a.attempt, a.started_at, a.error, a.code FROM delivery_attempt a
  WHERE a.webhook_id = m.webhook_id AND a.seq = m.seq AND a.outcome <> 'discarded'
  ORDER BY a.attempt DESC, a.started_at DESC LIMIT 1
) tried ON true
LEFT JOIN LATERAL (
  SELECT a.attempt FROM delivery_attempt a
  WHERE a.webhook_id = m.webhook_id AND a.seq = m.seq AND a.outcome = 'discarded' LIMIT 1
) discarded ON true;
`;
