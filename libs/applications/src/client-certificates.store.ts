import type { DataSource } from 'typeorm';
import { IntegrationNotFoundError } from './applications.errors.js';
import type { SecretCipher } from './secret.cipher.js';

/** What an integration presents to its receivers (mTLS); judged by `clientCertificateDetails` before. */
export interface NewClientCertificate {
  readonly integrationId: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  readonly fingerprint: string;
  readonly validUntil: Date;
}

export interface ClientCertificateOverview {
  readonly integrationId: string;
  readonly fingerprint: string;
  readonly validUntil: Date;
  readonly updatedAt: Date;
}

/** What a private key is bound to at rest, see {@link SecretCipher}. */
export const clientCertificateOwner = (integrationId: string): string =>
  `client certificate ${integrationId}`;

/** Client certificates of integrations and OAuth clients, one each. */
export class ClientCertificatesStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: SecretCipher,
  ) {}

  /** In use everywhere within 10 s. Throws {@link IntegrationNotFoundError}. */
  async set(given: NewClientCertificate): Promise<void> {
    const { integrationId, certificate, key, fingerprint, validUntil } = given;
    const sealed = this.cipher.encrypt(clientCertificateOwner(integrationId), key);
    const stored = await this.dataSource.query<unknown[]>(
      `INSERT INTO client_certificate (integration_id, certificate, private_key, fingerprint, valid_until)
       SELECT $1, $2, $3, $4, $5
       WHERE EXISTS (SELECT FROM gb_integration WHERE id = $1)
          OR EXISTS (SELECT FROM oauth_client WHERE id = $1)
       ON CONFLICT (integration_id) DO UPDATE SET
         certificate = excluded.certificate, private_key = excluded.private_key,
         fingerprint = excluded.fingerprint, valid_until = excluded.valid_until,
         updated_at = clock_timestamp()
       RETURNING integration_id`,
      [integrationId, certificate, sealed, fingerprint, validUntil],
    );
    if (stored.length === 0) throw new IntegrationNotFoundError(integrationId);
  }

  /** False where there was none. */
  async remove(integrationId: string): Promise<boolean> {
    const [removed] = await this.dataSource.query<[unknown[], number]>(
      'DELETE FROM client_certificate WHERE integration_id = $1 RETURNING integration_id',
      [integrationId],
    );
    return removed.length > 0;
  }

  /** Those that end first come first; never the keys. */
  list(): Promise<ClientCertificateOverview[]> {
    return this.dataSource.query<ClientCertificateOverview[]>(
      `SELECT integration_id AS "integrationId", fingerprint, valid_until AS "validUntil",
              updated_at AS "updatedAt"
       FROM client_certificate ORDER BY valid_until, integration_id`,
    );
  }
}
