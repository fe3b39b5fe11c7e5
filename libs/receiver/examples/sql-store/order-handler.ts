import type { WebhookContext, WebhookEvent } from '@happycolis/webhook-receiver';
import type { SqlClient } from './sql-client.interface.js';

export interface Order {
  readonly id: string;
  readonly state: string;
}

/**
 * Writes in the transaction that marks the message. After a crash at any point both are there or
 * neither is; a counter such as `changes` is right however often the message comes.
 */
export async function handleOrder(
  event: WebhookEvent<Order>,
  { transaction }: WebhookContext<SqlClient>,
): Promise<void> {
  const { id, state } = event.body;
  await transaction.query(
    `INSERT INTO shop_order AS known (id, state, changes) VALUES ($1, $2, 1)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, changes = known.changes + 1`,
    [id, state],
  );
}
