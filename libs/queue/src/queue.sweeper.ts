import type { OriginSlots } from './origin-slots.js';
import type { QueueLogInterface } from './queue-log.interface.js';
import type { QueueStore } from './queue.store.js';
import type { ReadyQueues } from './ready-queues.js';
import { RecurringJob } from './recurring-job.js';

/** Ids taken up by one sweep: enough to fill every slot many times, little enough to stay small in memory. */
const SWEEP_LIMIT = 5_000;

const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000';

/**
 * Finds every queue with work that nobody is at: a wake-up lost between commit and publication, a
 * lease whose holder died, a blocked queue whose time has come, one that an operator unblocked.
 * Nothing else in the service has to be reliable for a message to be delivered.
 */
export class QueueSweeper {
  private readonly job: RecurringJob;
  private cursor = BEFORE_ALL_IDS;

  constructor(
    private readonly store: QueueStore,
    private readonly queues: { readonly ready: ReadyQueues; readonly origins: OriginSlots },
    private readonly log: QueueLogInterface,
    intervalMs: number,
  ) {
    this.job = new RecurringJob(() => this.sweep(), intervalMs);
  }

  start(): void {
    this.job.startLater();
  }

  /** Resolves once no sweep is under way. */
  stop(): Promise<void> {
    return this.job.stop();
  }

  /** A full page is continued by the next sweep, so that no id is too far behind to be seen. */
  private async sweep(): Promise<void> {
    try {
      const due = await this.store.findDue(this.cursor, SWEEP_LIMIT);
      const last = due.length === SWEEP_LIMIT ? due.at(-1) : undefined;
      this.cursor = last?.queueId ?? BEFORE_ALL_IDS;
      const { ready, origins } = this.queues;
      ready.add(origins.unpark());
      ready.add(due.filter(({ blocked }) => !blocked).map(({ queueId }) => queueId));
      ready.addProbes(due.filter(({ blocked }) => blocked).map(({ queueId }) => queueId));
    } catch (error) {
      this.log.error('sweep.failed', { error });
    }
  }
}
