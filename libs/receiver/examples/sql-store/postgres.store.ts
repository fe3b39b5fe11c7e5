import { randomUUID } from 'node:crypto';
import {
  WebhookError,
  type ClaimResult,
  type WebhookMessage,
  type WebhookStore,
} from '@happycolis/webhook-receiver';
import type { SqlClient, SqlPool } from './sql-client.interface.js';

// All times are the database's, so that the clocks of several processes need not agree.
const CLAIM = `
  INSERT INTO webhook_message AS known (message_id, claim_token, claimed_until)
  VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
  ON CONFLICT (message_id) DO UPDATE
    SET claim_token = excluded.claim_token, claimed_until = excluded.claimed_until
    WHERE known.processed_at IS NULL AND known.claimed_until <= clock_timestamp()`;

const IS_PROCESSED = `
  SELECT 1 FROM webhook_message WHERE message_id = $1 AND processed_at IS NOT NULL`;

/** Only under the token of the latest claim: who comes too late changes nothing. */
const MARK = `
  UPDATE webhook_message SET processed_at = clock_timestamp()
  WHERE message_id = $1 AND claim_token = $2 AND processed_at IS NULL`;

const RELEASE = `
  DELETE FROM webhook_message
  WHERE message_id = $1 AND claim_token = $2 AND processed_at IS NULL`;

const HIGHEST = 'SELECT highest_sequence FROM webhook_chain WHERE webhook_id = $1';

const MOVE_ON = `
  INSERT INTO webhook_chain AS chain (webhook_id, highest_sequence) VALUES ($1, $2)
  ON CONFLICT (webhook_id) DO UPDATE SET highest_sequence = excluded.highest_sequence
    WHERE chain.highest_sequence < excluded.highest_sequence`;

const PRUNE = `
  DELETE FROM webhook_message
  WHERE coalesce(processed_at, claimed_until) < clock_timestamp() - $1 * interval '1 millisecond'`;

/**
 * Remembers in PostgreSQL, for any number of processes; the tables are in `schema.sql`. The handler
 * gets the session whose transaction marks the message: what it writes there is committed with the
 * mark or not at all, so it is there exactly once.
 */
export class PostgresStore implements WebhookStore<SqlClient> {
  readonly #pool: SqlPool;

  constructor(pool: SqlPool) {
    this.#pool = pool;
  }

  async claim(message: WebhookMessage, claimMs: number): Promise<ClaimResult> {
    const { messageId, webhookId } = message;
    const token = randomUUID();
    const { rowCount } = await this.#pool.query(CLAIM, [messageId, token, claimMs]);
    if (rowCount === 1) return { kind: 'claimed', token, highest: await this.#highest(webhookId) };
    const { rows } = await this.#pool.query(IS_PROCESSED, [messageId]);
    if (rows.length === 0) return { kind: 'in_progress' };
    const highest = await this.#highest(webhookId);
    await moveOn(this.#pool, message);
    return { kind: 'processed', highest };
  }

  /** A claim that was lost undoes the work: whoever has it now does it again. */
  async complete(
    message: WebhookMessage,
    token: string,
    work: (transaction: SqlClient) => Promise<void>,
  ): Promise<void> {
    await this.#transaction(async (session) => {
      await work(session);
      const { rowCount } = await session.query(MARK, [message.messageId, token]);
      if (rowCount !== 1) throw new WebhookError('claim_lost', 'Handling outlived its claim.');
      await moveOn(session, message);
    });
  }

  async release({ messageId }: WebhookMessage, token: string): Promise<void> {
    await this.#pool.query(RELEASE, [messageId, token]);
  }

  /** Forgets what was processed, or given up, longer ago, in ms; to be called once a day or so. */
  async prune(maxAgeMs: number): Promise<void> {
    await this.#pool.query(PRUNE, [maxAgeMs]);
  }

  async #transaction(act: (session: SqlClient) => Promise<void>): Promise<void> {
    const session = await this.#pool.connect();
    session.on('error', isToldByTheNextStatement);
    try {
      await session.query('BEGIN');
      await act(session);
      await session.query('COMMIT');
      session.release();
    } catch (error) {
      // Closing it ends the transaction, whatever state it is in.
      session.release(error instanceof Error ? error : new Error('The work has failed.'));
      throw error;
    } finally {
      session.off('error', isToldByTheNextStatement);
    }
  }

  async #highest(webhookId: string): Promise<number | undefined> {
    const { rows } = await this.#pool.query(HIGHEST, [webhookId]);
    // A bigint comes as text; positions have at most 15 digits, which a number holds exactly.
    return rows[0] === undefined ? undefined : Number(rows[0].highest_sequence);
  }
}

/** A connection that breaks while the handler is elsewhere would else end the process. */
function isToldByTheNextStatement(): void {
  return;
}

async function moveOn(client: SqlClient, { webhookId, sequence }: WebhookMessage): Promise<void> {
  if (sequence !== undefined) await client.query(MOVE_ON, [webhookId, sequence]);
}
