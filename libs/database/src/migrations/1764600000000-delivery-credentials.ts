import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';

/** What deliveries are signed with besides the client secret, what they present to receivers, and who has proven to be one (ADR 38, 39, 41). */
export class DeliveryCredentials1764600000000 implements MigrationInterface {
  readonly name = 'DeliveryCredentials1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SIGNING_KEYS);
    await runner.query(CLIENT_CERTIFICATES);
    await runner.query(ENDPOINT_PROOFS);
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

const SIGNING_KEYS = `
CREATE TABLE application_signing_key (
  key_id         text PRIMARY KEY,
  application_id uuid NOT NULL REFERENCES application (id) ON DELETE CASCADE,
  public_key     bytea NOT NULL CHECK (length(public_key) = 32),
  private_key    text NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  valid_until    timestamptz
);
CREATE INDEX application_signing_key_application ON application_signing_key (application_id);
COMMENT ON COLUMN application_signing_key.private_key IS 'Ed25519, PKCS #8, encrypted, see SecretCipher';
`;

const CLIENT_CERTIFICATES = `
CREATE TABLE client_certificate (
  integration_id uuid PRIMARY KEY,
  certificate    text NOT NULL,
  private_key    text NOT NULL,
  fingerprint    text NOT NULL,
  valid_until    timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN client_certificate.integration_id IS 'Of gb_integration or oauth_client';
COMMENT ON COLUMN client_certificate.private_key IS 'PEM, encrypted, see SecretCipher';
`;

const ENDPOINT_PROOFS = `
CREATE TABLE endpoint_proof (
  webhook_id uuid NOT NULL,
  end_point  text NOT NULL,
  proven_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (webhook_id, end_point)
);
COMMENT ON TABLE endpoint_proof IS 'Endpoints that echoed a challenge, where DELIVERY_CHALLENGE asks for it (ADR 41)';
`;
