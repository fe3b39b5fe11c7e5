import type { DataSource } from 'typeorm';
import { clientCertificateOwner } from './client-certificates.store.js';
import type { SecretCipher } from './secret.cipher.js';

/** What a request presents to a receiver that asks for a client certificate. */
export interface StoredIdentity {
  /** The fingerprint of the certificate. */
  readonly id: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

interface CertificateRow {
  readonly integration_id: string;
  readonly certificate: string;
  readonly private_key: string;
  readonly fingerprint: string;
}

/** A certificate that was set or removed counts everywhere after 10 s, for one query of a process in that time. */
const CACHE_MS = 10_000;

/** Few integrations have one, so all are known at once: the others cost no query. */
export class ClientIdentityQuery {
  private rows: Promise<ReadonlyMap<string, CertificateRow>> | undefined;
  private expiresAt = 0;
  /** By the stored key: opened once. */
  private readonly opened = new Map<string, StoredIdentity>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: SecretCipher,
  ) {}

  /** Throws SecretUnreadableError, or the database's error: in both cases nothing may be sent. */
  async execute(integrationId: string): Promise<StoredIdentity | undefined> {
    const row = (await this.all()).get(integrationId);
    return row && this.identityOf(row);
  }

  private all(): Promise<ReadonlyMap<string, CertificateRow>> {
    const now = performance.now();
    if (this.rows && this.expiresAt > now) return this.rows;
    const rows = this.load();
    this.rows = rows;
    this.expiresAt = now + CACHE_MS;
    // A failure is not kept: the next one asks again.
    rows.catch(() => {
      if (this.rows === rows) this.rows = undefined;
    });
    return rows;
  }

  private async load(): Promise<ReadonlyMap<string, CertificateRow>> {
    const rows = await this.dataSource.query<CertificateRow[]>(
      'SELECT integration_id, certificate, private_key, fingerprint FROM client_certificate',
    );
    const kept = new Set(rows.map(({ private_key: stored }) => stored));
    for (const stored of this.opened.keys()) if (!kept.has(stored)) this.opened.delete(stored);
    return new Map(rows.map((row) => [row.integration_id, row]));
  }

  private identityOf(row: CertificateRow): StoredIdentity {
    const known = this.opened.get(row.private_key);
    if (known) return known;
    const key = this.cipher.decrypt(clientCertificateOwner(row.integration_id), row.private_key);
    const identity = { id: row.fingerprint, certificate: row.certificate, key };
    this.opened.set(row.private_key, identity);
    return identity;
  }
}
