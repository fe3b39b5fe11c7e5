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
    const [row] = await this.dataSource.query<{ asked: boolean | null }[]>(
      'SELECT unblock_queue($1, $2, $3) AS asked',
      [integrationId, operator.actor, operator.reason ?? null],
    );
    if (typeof row?.asked !== 'boolean') throw new QueueNotFoundError(integrationId);
    return row.asked;
  }
}
