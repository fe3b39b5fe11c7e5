import type { MigrationInterface, QueryRunner } from 'typeorm';
import { claimable, settle } from './1763700000001-queue-order.js';
import { ForwardOnlyMigrationError } from '../database.errors.js';

/**
 * Tokens, OAuth clients, suspended owners, and the version by which caches of subscriptions notice
 * a change. New columns have constant defaults, so the tables are not rewritten; the exclusive lock on
 * `integration_queue` is held for milliseconds. Forward only. Replicas of the version before go on
 * working: they know neither OAuth clients nor suspension, and the replaced functions keep their form.
 */
export class SubscriptionManagement1764100000000 implements MigrationInterface {
  readonly name = 'SubscriptionManagement1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    const suspension = '\n     AND q.suspended_at IS NULL';
    const statements = [OWNERS, TOKENS, RATE_LIMIT, QUEUES, SUBSCRIPTION_VERSIONS];
    for (const statement of [...statements, claimable(suspension), settle(suspension)]) {
      await runner.query(statement);
    }
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

const OWNERS = `
ALTER TABLE application
  ADD COLUMN former_client_secret text,
  ADD COLUMN former_valid_until timestamptz,
  ADD CONSTRAINT application_former_secret_check
    CHECK ((former_client_secret IS NULL) = (former_valid_until IS NULL));
COMMENT ON COLUMN application.former_client_secret IS 'While client_secret takes over: signs until former_valid_until, and both are accepted';

CREATE TABLE application_organization (
  app_id          uuid NOT NULL REFERENCES application (id),
  organization_id text NOT NULL CHECK (length(organization_id) BETWEEN 1 AND 64),
  allowed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (app_id, organization_id)
);
COMMENT ON TABLE application_organization IS 'Where a PRIVATE application may act as an OAuth client without being installed';

CREATE TABLE oauth_client (
  id              uuid PRIMARY KEY,
  app_id          uuid NOT NULL REFERENCES application (id),
  organization_id text NOT NULL CHECK (length(organization_id) BETWEEN 1 AND 64),
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  withdrawn_at    timestamptz,
  UNIQUE (app_id, organization_id)
);
COMMENT ON COLUMN oauth_client.withdrawn_at IS 'Since when the application is neither installed nor allowed there any more';
COMMENT ON TABLE oauth_client IS 'An application that acts by access token in an organization; id is its integration id and that of its queue';
`;

/** The unique hash finds a refresh token; the family is what a reuse of one revokes. */
const TOKENS = `
CREATE TABLE oauth_token (
  id                 uuid PRIMARY KEY,
  family_id          uuid NOT NULL,
  oauth_client_id    uuid NOT NULL REFERENCES oauth_client (id),
  scopes             text[] NOT NULL,
  granted_scopes     text[] NOT NULL,
  issued_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  refresh_token_hash bytea NOT NULL UNIQUE,
  refresh_expires_at timestamptz NOT NULL,
  refreshed_at       timestamptz,
  revoked_at         timestamptz
);
COMMENT ON COLUMN oauth_token.id IS 'The claim iss of the access token';
COMMENT ON COLUMN oauth_token.scopes IS 'Of the access token; granted_scopes are what a refresh may ask for';
COMMENT ON COLUMN oauth_token.refresh_token_hash IS 'SHA-256 of the refresh token, which is shown once and never stored';
CREATE INDEX oauth_token_family ON oauth_token (family_id);
CREATE INDEX oauth_token_client ON oauth_token (oauth_client_id);
CREATE INDEX oauth_token_expiry ON oauth_token (refresh_expires_at);
`;

/** The columns are those of rate-limiter-flexible. Unlogged: no write ahead log, and nothing to lose. */
const RATE_LIMIT = `
CREATE UNLOGGED TABLE api_rate_limit (
  key    varchar(255) PRIMARY KEY,
  points integer NOT NULL DEFAULT 0,
  expire bigint
);
COMMENT ON TABLE api_rate_limit IS 'Requests of running windows, shared by the replicas of the API';
`;

const QUEUES = `
ALTER TABLE integration_queue
  ADD COLUMN integration_type text NOT NULL DEFAULT 'INTEGRATION'
    CHECK (integration_type IN ('INTEGRATION', 'OAUTH_CLIENT')),
  ADD COLUMN suspended_at timestamptz;
COMMENT ON COLUMN integration_queue.integration_type IS 'Whose queue it is: that of a gb_integration or of an oauth_client';
COMMENT ON COLUMN integration_queue.suspended_at IS 'Its application is suspended: messages are accepted, none is sent';
CREATE INDEX integration_queue_application ON integration_queue (application_id);
`;

/**
 * A random version instead of a number: whoever compares versions notices also that a restored
 * database went back in time. The triggers cannot be forgotten by a statement of tomorrow. The row is
 * locked last of all, so that it adds nothing to wait for in a circle.
 */
const SUBSCRIPTION_VERSIONS = `
CREATE TABLE organization_subscriptions (
  organization_id text PRIMARY KEY,
  version         uuid NOT NULL DEFAULT gen_random_uuid()
) WITH (fillfactor = 70);
COMMENT ON TABLE organization_subscriptions IS 'Changes with every change of a webhook of the organization, in the same transaction';

CREATE FUNCTION webhooks_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO organization_subscriptions (organization_id)
  SELECT DISTINCT organization_id FROM changed ORDER BY organization_id
  ON CONFLICT (organization_id) DO UPDATE SET version = gen_random_uuid();
  RETURN NULL;
END $$;
CREATE TRIGGER integration_webhook_created AFTER INSERT ON integration_webhook
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION webhooks_changed();
CREATE TRIGGER integration_webhook_updated AFTER UPDATE ON integration_webhook
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION webhooks_changed();
CREATE TRIGGER integration_webhook_deleted AFTER DELETE ON integration_webhook
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION webhooks_changed();

INSERT INTO organization_subscriptions (organization_id)
  SELECT DISTINCT organization_id FROM integration_webhook ON CONFLICT DO NOTHING;
`;
