import type { DataSource } from 'typeorm';

/** A webhook and the endpoint that it has: another endpoint has to prove itself anew. */
export interface ProvenEndpoint {
  readonly webhookId: string;
  readonly endPoint: string;
}

/** Which endpoints have echoed a challenge (ADR 41). */
export class EndpointProofsStore {
  constructor(private readonly dataSource: DataSource) {}

  async isProven({ webhookId, endPoint }: ProvenEndpoint): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      'SELECT FROM endpoint_proof WHERE webhook_id = $1 AND end_point = $2',
      [webhookId, endPoint],
    );
    return rows.length > 0;
  }

  async prove({ webhookId, endPoint }: ProvenEndpoint): Promise<void> {
    await this.dataSource.query(
      'INSERT INTO endpoint_proof (webhook_id, end_point) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [webhookId, endPoint],
    );
  }
}
