import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';

/**
 * Tables of the service. Takes no lock that matters (nothing exists yet); forward only.
 *
 * Two rules shape the queue tables. `integration_queue` is small and hot: every statement on it
 * must stay a HOT update, so no index may ever cover a column that changes (a partial index whose
 * predicate mentions one counts too). `integration_queue_message` is append-only: whether a
 * message was delivered is `seq < head_seq`, never a column of its own.
 */
export class InitialSchema1763700000000 implements MigrationInterface {
  readonly name = 'InitialSchema1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(OWNERS);
    await runner.query(SUBSCRIPTIONS);
    await runner.query(QUEUES);
    await runner.query(INGEST);
    await runner.query(OPERATIONS);
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

const OWNERS = `
CREATE TABLE application (
  id            uuid PRIMARY KEY,
  name          text NOT NULL,
  client_id     text NOT NULL UNIQUE,
  client_secret text NOT NULL,
  callback_url  text,
  scopes        text[] NOT NULL DEFAULT '{}',
  status        text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED')),
  type          text NOT NULL CHECK (type IN ('PRIVATE', 'PUBLIC')),
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN application.client_secret IS 'AES-256-GCM ciphertext, see SecretCipher';

CREATE TABLE gb_integration (
  id              uuid PRIMARY KEY,
  app_id          uuid NOT NULL REFERENCES application (id),
  organization_id text NOT NULL CHECK (length(organization_id) BETWEEN 1 AND 64),
  name            text NOT NULL,
  scopes          text[] NOT NULL DEFAULT '{}',
  status          text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'UNINSTALLED')),
  token_hash      bytea NOT NULL UNIQUE,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN gb_integration.token_hash IS 'SHA-256 of the integration token; the token itself is shown once and never stored';
CREATE INDEX gb_integration_app ON gb_integration (app_id);
CREATE INDEX gb_integration_organization ON gb_integration (organization_id);
`;

const QUEUES = `
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
  PRIMARY KEY (queue_id, seq)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05);
COMMENT ON TABLE integration_queue_message IS 'Append-only: delivered means seq < integration_queue.head_seq';
CREATE UNIQUE INDEX integration_queue_message_id ON integration_queue_message (message_id);

CREATE TABLE delivery_attempt (
  queue_id    uuid NOT NULL,
  seq         bigint NOT NULL,
  attempt     integer NOT NULL,
  message_id  uuid NOT NULL,
  started_at  timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  outcome     text NOT NULL CHECK (outcome IN ('delivered', 'rejected', 'timed_out', 'unreachable',
                                               'refused_address', 'invalid_configuration', 'discarded')),
  status_code integer,
  code        text,
  error       text,
  excerpt     bytea,
  PRIMARY KEY (queue_id, seq, attempt)
);
COMMENT ON TABLE delivery_attempt IS 'Append-only: one row an attempt, written with its outcome';

CREATE VIEW integration_queue_message_state AS
SELECT m.queue_id AS integration_id, m.seq, m.message_id, m.webhook_id, m.type, m.enqueued_at,
       CASE WHEN discarded.attempt IS NOT NULL OR (m.seq >= q.head_seq AND w.removed_at IS NOT NULL) THEN 'DISCARDED'
            WHEN m.seq < q.head_seq THEN 'DELIVERED'
            ELSE 'QUEUED' END AS status,
       coalesce(tried.attempt, 0) AS attempts,
       tried.started_at AS last_tried_at,
       tried.error AS last_error_message
FROM integration_queue_message m
JOIN integration_queue q ON q.queue_id = m.queue_id
JOIN integration_webhook w ON w.id = m.webhook_id
LEFT JOIN LATERAL (
  SELECT a.attempt, a.started_at, a.error FROM delivery_attempt a
  WHERE a.queue_id = m.queue_id AND a.seq = m.seq AND a.outcome <> 'discarded'
  ORDER BY a.attempt DESC LIMIT 1
) tried ON true
LEFT JOIN LATERAL (
  SELECT a.attempt FROM delivery_attempt a
  WHERE a.queue_id = m.queue_id AND a.seq = m.seq AND a.outcome = 'discarded' LIMIT 1
) discarded ON true;
`;

/** The queue row comes first: a subscription without a queue would match events that nobody sends. */
const SUBSCRIPTIONS = `
CREATE TABLE integration_queue (
  queue_id        uuid PRIMARY KEY,
  integration_id  uuid NOT NULL,
  lane            smallint NOT NULL DEFAULT 0,
  application_id  uuid NOT NULL REFERENCES application (id),
  organization_id text NOT NULL,
  status          text NOT NULL DEFAULT 'HEALTHY' CHECK (status IN ('HEALTHY', 'BLOCKED')),
  head_seq        bigint NOT NULL DEFAULT 1,
  tail_seq        bigint NOT NULL DEFAULT 0,
  lease_token     bigint NOT NULL DEFAULT 0,
  lease_until     timestamptz NOT NULL DEFAULT '-infinity',
  lease_owner     text,
  attempts        integer NOT NULL DEFAULT 0,
  due_at          timestamptz NOT NULL DEFAULT '-infinity',
  blocked_at      timestamptz,
  last_tried_at   timestamptz,
  last_error      text,
  UNIQUE (integration_id, lane),
  CHECK (head_seq >= 1 AND head_seq <= tail_seq + 1),
  CHECK ((status = 'BLOCKED') = (blocked_at IS NOT NULL))
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
COMMENT ON COLUMN integration_queue.lane IS 'Always 0 today, where queue_id = integration_id';
COMMENT ON COLUMN integration_queue.head_seq IS 'Next message to deliver; the queue is empty when head_seq > tail_seq';
COMMENT ON COLUMN integration_queue.tail_seq IS 'Last number assigned, under this row''s lock: assignment order is commit order';
COMMENT ON COLUMN integration_queue.lease_token IS 'Fencing token: one more at every claim; an outcome counts only with the current one';
COMMENT ON COLUMN integration_queue.due_at IS 'Not before this; -infinity on a BLOCKED queue means that it was asked to be tried now';

CREATE TABLE integration_webhook (
  id               uuid PRIMARY KEY,
  integration_id   uuid NOT NULL REFERENCES integration_queue (queue_id),
  integration_type text NOT NULL CHECK (integration_type IN ('INTEGRATION', 'OAUTH_CLIENT')),
  organization_id  text NOT NULL,
  type             text,
  end_point        text NOT NULL,
  headers          json NOT NULL DEFAULT '{}',
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  removed_at       timestamptz
);
COMMENT ON COLUMN integration_webhook.type IS 'NULL receives every type';
COMMENT ON COLUMN integration_webhook.removed_at IS 'A removed subscription stays as a tombstone: its queued messages are discarded by it';
CREATE UNIQUE INDEX integration_webhook_active ON integration_webhook (integration_id, type)
  NULLS NOT DISTINCT WHERE removed_at IS NULL;
CREATE INDEX integration_webhook_match ON integration_webhook (organization_id) WHERE removed_at IS NULL;
`;

const INGEST = `
CREATE TABLE ingest_dead_letter (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic            text NOT NULL,
  partition        integer NOT NULL,
  "offset"         bigint NOT NULL,
  record_timestamp bigint NOT NULL,
  key              bytea,
  headers          json NOT NULL,
  value            bytea,
  reason           text NOT NULL,
  detail           text NOT NULL,
  received_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (topic, partition, "offset", record_timestamp)
);
COMMENT ON COLUMN ingest_dead_letter.record_timestamp IS 'Milliseconds since the epoch as Kafka gave them: any 64-bit integer, so no timestamptz';
COMMENT ON COLUMN ingest_dead_letter.headers IS 'Array of {"name", "value"}, values in Base64, in the order of the record';

CREATE TABLE location_directory (
  location_id     text PRIMARY KEY,
  organization_id text NOT NULL,
  learnt_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
`;

const OPERATIONS = `
CREATE TABLE operator_action (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  acted_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor       text NOT NULL,
  action      text NOT NULL,
  queue_id    uuid NOT NULL,
  reason      text,
  before      json NOT NULL,
  after       json NOT NULL
);
COMMENT ON TABLE operator_action IS 'Append-only: who did what to which queue, when, why';
CREATE INDEX operator_action_queue ON operator_action (queue_id, id);
`;
