import type { NoticeChannelName } from './notice.store.js';
import type { WaitingNotice } from './queue-notice-row.js';

/** A way by which notices leave the service. */
export interface NoticeChannelInterface {
  readonly name: NoticeChannelName;
  /** How many it is handed at a time: what a crash may repeat. */
  readonly atOnce: number;
  /**
   * Sends the notices, those of one queue one after the other in the order given, and nothing behind
   * one of the queue that failed. Asks before each whether it still may. Never rejects because of
   * whom it sends to.
   */
  send(notices: readonly WaitingNotice[], mayGoOn: () => boolean): Promise<NoticesSent>;
}

export interface NoticesSent {
  /** Those that were acknowledged. */
  readonly sent: readonly WaitingNotice[];
  /** Why others were not; absent where none failed. */
  readonly failure?: NoticeFailure;
}

export interface NoticeFailure {
  readonly error: unknown;
  /** What the receiver asked for by `Retry-After`, milliseconds. */
  readonly retryAfterMs: number | null;
}
