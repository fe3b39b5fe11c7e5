import type { MessageKey, OnceResult, ReceiverStore } from '@happycolis/webhook-receiver';

/** What is needed of a pool of connections; that of `pg` is one. */
export interface SqlPool<Client extends SqlClient> {
  connect(): Promise<Client>;
}

export interface SqlClient {
  query(sql: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  release(): void;
}

/** To be run once. Rows of the first table may be deleted after some weeks. */
export const TABLES = `
  CREATE TABLE IF NOT EXISTS webhook_message (
    message_id uuid PRIMARY KEY,
    processed_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE IF NOT EXISTS webhook_stream (
    stream text PRIMARY KEY,
    last_sequence bigint NOT NULL
  )`;

/**
 * Remembers in PostgreSQL, in one transaction with the work: what the work writes through the client that it is
 * given happens exactly once. Two processes that get one message at the same time wait for each other at its id.
 */
export class PostgresStore<Client extends SqlClient> implements ReceiverStore<Client> {
  constructor(private readonly pool: SqlPool<Client>) {}

  async once(
    { messageId, stream, sequence }: MessageKey,
    work: (client: Client) => Promise<void>,
  ): Promise<OnceResult> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const last = await lastOf(client, stream);
      const { rows } = await client.query(
        'INSERT INTO webhook_message (message_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING 1',
        [messageId],
      );
      if (rows.length > 0) {
        await work(client);
        await remember(client, stream, sequence);
      }
      await client.query('COMMIT');
      return { outcome: rows.length > 0 ? 'processed' : 'duplicate', last };
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }
}

async function lastOf(client: SqlClient, stream: string): Promise<bigint | null> {
  const sql = 'SELECT last_sequence::text AS last FROM webhook_stream WHERE stream = $1';
  const [row] = (await client.query(sql, [stream])).rows;
  return row ? BigInt(String(row['last'])) : null;
}

async function remember(client: SqlClient, stream: string, sequence: bigint | null): Promise<void> {
  if (sequence === null) return;
  await client.query(
    `INSERT INTO webhook_stream AS s (stream, last_sequence) VALUES ($1, $2)
     ON CONFLICT (stream) DO UPDATE SET last_sequence = greatest(s.last_sequence, excluded.last_sequence)`,
    [stream, String(sequence)],
  );
}
