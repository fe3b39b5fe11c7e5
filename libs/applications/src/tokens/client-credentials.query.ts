import type { DataSource } from 'typeorm';

/** An application as the token endpoint needs it. */
export interface ClientCredentials {
  readonly applicationId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly suspended: boolean;
  /** Encrypted. */
  readonly secret: string;
  /** Encrypted; null where it does not count any more. */
  readonly formerSecret: string | null;
}

export class ClientCredentialsQuery {
  constructor(private readonly dataSource: DataSource) {}

  async execute(clientId: string): Promise<ClientCredentials | undefined> {
    const [client] = await this.dataSource.query<ClientCredentials[]>(
      `SELECT id AS "applicationId", client_id AS "clientId", scopes, status <> 'ACTIVE' AS suspended,
              client_secret AS secret,
              CASE WHEN former_valid_until > clock_timestamp() THEN former_client_secret END AS "formerSecret"
       FROM application WHERE client_id = $1`,
      [clientId],
    );
    return client;
  }
}
