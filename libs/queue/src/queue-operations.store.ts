import type { DataSource } from 'typeorm';
import { QueueNotFoundError } from './queue.errors.js';

export interface Operator {
  /** Who acts: a name that means something to the operator's colleagues. */
  readonly actor: string;
  readonly reason?: string | undefined;
}

/** What operators do to queues. Every action is written down beside its effect. */
export class QueueOperationsStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Asks for the head of a blocked queue to be tried now; the queue stays BLOCKED until it was
   * delivered. Nothing is skipped. The sweeper of any replica takes it up within its interval.
   * Returns false where the queue was not blocked: then nothing was done.
   *
   * Throws {@link QueueNotFoundError}.
   */
  async unblock(integrationId: string, operator: Operator): Promise<boolean> {
    return this.dataSource.transaction(async (transaction) => {
      const [queue] = await transaction.query<
        { status: string; head_seq: string; due_at: unknown }[]
      >(
        `SELECT status, head_seq, due_at::text FROM integration_queue
         WHERE queue_id = $1 FOR NO KEY UPDATE`,
        [integrationId],
      );
      if (!queue) throw new QueueNotFoundError(integrationId);
      if (queue.status !== 'BLOCKED') return false;
      await transaction.query(
        `UPDATE integration_queue SET due_at = '-infinity' WHERE queue_id = $1`,
        [integrationId],
      );
      await transaction.query(
        `INSERT INTO operator_action (actor, action, queue_id, reason, before, after)
         VALUES ($1, 'unblock', $2, $3, $4, $5)`,
        [
          operator.actor,
          integrationId,
          operator.reason ?? null,
          JSON.stringify(queue),
          JSON.stringify({ ...queue, due_at: '-infinity' }),
        ],
      );
      return true;
    });
  }
}
