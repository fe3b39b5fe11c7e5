import { QueueStatus, type DeliveryQueue } from '@app/queue';
import { WebhookHealth } from '@app/subscriptions';
import { developerMessage } from './developer-message.js';

/** A queue as the API shows it: times are ISO 8601, and what is blocked is called FAILING. */
export interface QueueView {
  readonly health: WebhookHealth;
  readonly since: string;
  readonly lastErrorCode: string | null;
  readonly lastErrorMessage: string | null;
  readonly lastTriedAt: string | null;
  /** Of the head. */
  readonly failedAttempts: number;
  readonly depth: number;
  readonly oldestWaitingAt: string | null;
  readonly oldestWaitingSeconds: number | null;
  readonly nextAttemptAt: string | null;
  readonly paused: boolean;
  readonly recovery: Uppercase<DeliveryQueue['recovery']>;
  readonly gaveUpReason: Uppercase<NonNullable<DeliveryQueue['gaveUpReason']>> | null;
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
const upper = <T extends string>(word: T): Uppercase<T> => word.toUpperCase() as Uppercase<T>;

export function queueViewOf(queue: DeliveryQueue): QueueView {
  const { status, since, depth, oldestWaitingSeconds, paused, gaveUpReason } = queue;
  return {
    health: status === QueueStatus.BLOCKED ? WebhookHealth.FAILING : WebhookHealth.HEALTHY,
    since: since.toISOString(),
    lastErrorCode: queue.lastErrorCode,
    lastErrorMessage: developerMessage(queue.lastErrorCode, queue.lastErrorMessage),
    lastTriedAt: iso(queue.lastTriedAt),
    failedAttempts: queue.attempts,
    depth,
    oldestWaitingAt: iso(queue.oldestWaitingAt),
    oldestWaitingSeconds,
    nextAttemptAt: iso(queue.nextAttemptAt),
    paused,
    recovery: upper(queue.recovery),
    gaveUpReason: gaveUpReason && upper(gaveUpReason),
  };
}
