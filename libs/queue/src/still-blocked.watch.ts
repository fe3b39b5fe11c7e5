import type { BlockedFor, NoticeStore } from './notice.store.js';
import type { QueueLogInterface } from './queue-log.interface.js';
import { RecurringJob } from './recurring-job.js';

const HOUR_MS = 3_600_000;

/** In the order in which an episode passes them. */
export const STILL_BLOCKED: readonly BlockedFor[] = [
  { kind: 'still_blocked_1h', afterMs: HOUR_MS },
  { kind: 'still_blocked_24h', afterMs: 24 * HOUR_MS },
];

/** Queues of one statement: with so many it stays within some tens of milliseconds. */
const QUEUES_AT_ONCE = 1_000;

const INTERVAL_MS = 60_000;

export interface StillBlockedOptions {
  readonly thresholds?: readonly BlockedFor[];
  readonly queuesAtOnce?: number;
  /** Milliseconds, give or take a fifth. */
  readonly intervalMs?: number;
}

/** Writes the notices of episodes that last, every minute on every replica: one row is left of what two write. */
export class StillBlockedWatch {
  private readonly job: RecurringJob;

  constructor(
    private readonly store: NoticeStore,
    private readonly log: QueueLogInterface,
    private readonly options: StillBlockedOptions = {},
  ) {
    this.job = new RecurringJob(() => this.look(), options.intervalMs ?? INTERVAL_MS);
  }

  start(): void {
    this.job.start();
  }

  stop(): Promise<void> {
    return this.job.stop();
  }

  /** Never rejects: what it could not write it writes the next time. */
  async look(): Promise<void> {
    const { thresholds = STILL_BLOCKED, queuesAtOnce = QUEUES_AT_ONCE } = this.options;
    try {
      let written: number;
      do {
        written = await this.store.addStillBlocked(thresholds, queuesAtOnce);
        if (written > 0) this.log.info('notices.written', { notices: written });
      } while (written >= queuesAtOnce && !this.job.isStopping);
    } catch (error) {
      this.log.error('notices.not_written', { error });
    }
  }
}
