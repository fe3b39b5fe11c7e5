import type { NewMessage } from './ingest-batch.js';
import type { QueueLease, QueueMessage } from './queue-lease.js';
import { QueueStatus } from './queue-status.enum.js';

/** What enqueue_messages tells of a queue. */
export interface TakenRow {
  readonly queue_id: string;
  readonly enqueued_at: Date;
  /** Null where the queue was not leased; so is what follows from it. */
  readonly lease_token: string | null;
  readonly first_seq: string;
  readonly application_id: string;
  readonly backoff_min_ms: number | null;
  readonly backoff_max_ms: number | null;
  /** Ids of the messages that were handed out, joined by commas. */
  readonly messages: string | null;
  readonly webhooks: readonly WebhookState[] | null;
}

/** A subscription as it was when its queue was leased. */
interface WebhookState {
  readonly id: string;
  readonly endPoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly removed: boolean;
  readonly previous: string | null;
  readonly skipped: readonly string[] | null;
}

/** Bodies kept in memory for a queue at most, as where messages are read; the first one always is. */
const RUN_BYTES = 65_536;

/**
 * The lease on a queue that was idle, with the messages that were just enqueued: their bodies are here and need not be
 * read again. Undefined where it was not leased.
 */
export function takenLease(
  row: TakenRow,
  byId: ReadonlyMap<string, NewMessage>,
  deadline: number,
): QueueLease | undefined {
  if (row.lease_token === null || row.messages === null) return undefined;
  const ids = row.messages.split(',');
  const [head, ...behind] = handedOut(
    ids.flatMap((id) => byId.get(id) ?? []),
    row,
  );
  if (!head) throw new Error(`queue ${row.queue_id} was leased without a message`);
  return {
    queueId: row.queue_id,
    applicationId: row.application_id,
    organizationId: byId.get(head.messageId)?.organizationId ?? '',
    token: row.lease_token,
    status: QueueStatus.HEALTHY,
    attempts: 0,
    head,
    behind,
    mayRun: true,
    backoff: { minMs: row.backoff_min_ms, maxMs: row.backoff_max_ms },
    deadline,
  };
}

function handedOut(messages: readonly NewMessage[], row: TakenRow): QueueMessage[] {
  const webhooks = new Map(row.webhooks?.map((webhook) => [webhook.id, webhook]));
  const first = BigInt(row.first_seq);
  const inHand: QueueMessage[] = [];
  let bytes = 0;
  for (const [index, { messageId, webhookId, type, body, traceParent }] of messages.entries()) {
    const webhook = webhooks.get(webhookId);
    bytes += body.length;
    if (!webhook || (index > 0 && bytes > RUN_BYTES)) break;
    const { endPoint, headers, removed, previous, skipped } = webhook;
    const seq = String(first + BigInt(index));
    const enqueuedAt = row.enqueued_at;
    const place = { elsewhere: false, previous, skipped: skipped ?? [] };
    const state = { endPoint, headers, removed, origin: 'event', traceParent, place } as const;
    inHand.push({ seq, messageId, webhookId, type, enqueuedAt, body, ...state });
  }
  return inHand;
}
