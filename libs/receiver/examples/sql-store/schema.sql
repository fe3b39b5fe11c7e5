-- Messages that are claimed or processed. Delete what was processed some weeks ago: PostgresStore.prune.
CREATE TABLE webhook_message (
  message_id text PRIMARY KEY,
  claim_token uuid NOT NULL,
  claimed_until timestamptz NOT NULL,
  processed_at timestamptz
);
CREATE INDEX webhook_message_age ON webhook_message (coalesce(processed_at, claimed_until));

-- The highest position of each webhook that was processed.
CREATE TABLE webhook_chain (
  webhook_id text PRIMARY KEY,
  highest_sequence bigint NOT NULL
);
