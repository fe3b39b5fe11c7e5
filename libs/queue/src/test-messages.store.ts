import type { WebhookType } from '@app/events';
import type { WebhookOwner } from '@app/subscriptions';
import type { DataSource } from 'typeorm';

export interface TestMessage {
  readonly messageId: string;
  readonly type: WebhookType;
  readonly body: Buffer;
}

/**
 * Puts messages that no record stands behind into queues: samples for whoever builds a receiver. They
 * wait their turn, are tried again and block like any other; their requests are marked.
 */
export class TestMessagesStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Appends behind what waits; the sweeper of any replica takes it up within its interval. Returns the
   * date of the envelope, undefined where the owner has no such webhook (any more).
   */
  async append(
    webhookId: string,
    { integrationId, integrationType }: WebhookOwner,
    { messageId, type, body }: TestMessage,
  ): Promise<Date | undefined> {
    const [row] = await this.dataSource.query<{ date: Date | null }[]>(
      'SELECT append_test_message($1, $2, $3, $4, $5, $6) AS date',
      [webhookId, integrationId, integrationType, messageId, type, body],
    );
    return row?.date ?? undefined;
  }
}
