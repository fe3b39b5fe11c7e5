import { ViewColumn, ViewEntity } from 'typeorm';
import type { MessageOrigin } from './queue-lease.js';

/**
 * A message of a queue. What is stored is append-only: whether it was delivered follows from the
 * queue's head, and when it was last tried, and why that failed, from its attempts. The view
 * `integration_queue_message_state` puts the three together.
 */
@ViewEntity({ name: 'integration_queue_message_state', synchronize: false })
export class IntegrationQueueMessageEntity {
  @ViewColumn({ name: 'integration_id' })
  integrationId!: string;

  /** Position in the queue, decimal string (64-bit). */
  @ViewColumn()
  seq!: string;

  @ViewColumn({ name: 'message_id' })
  messageId!: string;

  @ViewColumn({ name: 'webhook_id' })
  webhookId!: string;

  @ViewColumn()
  type!: string;

  /** Several messages of a queue can have one id: the event, and what operators sent once more. */
  @ViewColumn()
  origin!: MessageOrigin;

  /** Where a replay goes, when not to the endpoint of its webhook. */
  @ViewColumn({ name: 'end_point' })
  endPoint!: string | null;

  /** The date of the envelope. */
  @ViewColumn({ name: 'enqueued_at' })
  enqueuedAt!: Date;

  @ViewColumn()
  status!: 'QUEUED' | 'DELIVERED' | 'DISCARDED' | 'PARKED' | 'REQUEUED';

  @ViewColumn()
  attempts!: number;

  @ViewColumn({ name: 'last_tried_at' })
  lastTriedAt!: Date | null;

  @ViewColumn({ name: 'last_error_message' })
  lastErrorMessage!: string | null;

  @ViewColumn({ name: 'last_error_code' })
  lastErrorCode!: string | null;
}
