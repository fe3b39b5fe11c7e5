import type { DataSource } from 'typeorm';
import type { Found, PageRequest } from '../pages/page.js';
import { MESSAGE_COLUMNS, type ParkedMessageView, type QueueMessageView } from './message-view.js';

/** Messages of one queue, by their numbers in it. */
export class QueueMessagesQuery {
  constructor(private readonly dataSource: DataSource) {}

  /** From the head on. */
  async next(
    integrationId: string,
    { first, after }: PageRequest,
  ): Promise<Found<QueueMessageView>> {
    const rows = await this.dataSource.query<QueueMessageView[]>(
      `SELECT ${MESSAGE_COLUMNS} FROM integration_queue_message_state s
       WHERE s.integration_id = $1 AND s.seq > $2
         AND s.seq >= (SELECT q.head_seq FROM integration_queue q WHERE q.queue_id = $1)
       ORDER BY s.seq LIMIT $3`,
      [integrationId, after ?? '0', first + 1],
    );
    return { rows };
  }

  /** Delivered, discarded or set aside; the one that the head left last comes first. */
  async last(
    integrationId: string,
    { first, after }: PageRequest,
  ): Promise<Found<QueueMessageView>> {
    const rows = await this.dataSource.query<QueueMessageView[]>(
      `SELECT ${MESSAGE_COLUMNS} FROM integration_queue_message_state s
       WHERE s.integration_id = $1 AND ($2::bigint IS NULL OR s.seq < $2)
         AND s.seq < (SELECT q.head_seq FROM integration_queue q WHERE q.queue_id = $1)
       ORDER BY s.seq DESC LIMIT $3`,
      [integrationId, after ?? null, first + 1],
    );
    return { rows };
  }

  /** Skipped ones, that wait for a decision, in the order of the queue. */
  async parked(
    integrationId: string,
    { first, after }: PageRequest,
  ): Promise<Found<ParkedMessageView>> {
    const rows = await this.dataSource.query<ParkedMessageView[]>(
      `SELECT s.message_id AS "messageId", s.seq::text AS seq, s.webhook_id AS "webhookId", s.attempts,
              s.decided_at AS "parkedAt", s.actor AS "parkedBy", s.reason
       FROM set_aside_message s
       WHERE s.queue_id = $1 AND s.seq > $2 AND s.verdict = 'PARKED'
       ORDER BY s.seq LIMIT $3`,
      [integrationId, after ?? '0', first + 1],
    );
    return { rows };
  }
}
