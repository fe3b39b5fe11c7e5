import type { OriginSlots } from './origin-slots.js';
import type { QueueLogInterface } from './queue-log.interface.js';
import type { QueueStore } from './queue.store.js';
import type { ReadyQueues } from './ready-queues.js';

/** Ids taken up by one sweep: enough to fill every slot many times, little enough to stay small in memory. */
const SWEEP_LIMIT = 5_000;

/** Replicas sweep at different moments: each waits between 0.8 and 1.2 intervals. */
const JITTER = 0.4;

const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000';

/**
 * Finds every queue with work that nobody is at: a wake-up lost between commit and publication, a
 * lease whose holder died, a blocked queue whose time has come, one that an operator unblocked.
 * Nothing else in the service has to be reliable for a message to be delivered.
 */
export class QueueSweeper {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private cursor = BEFORE_ALL_IDS;
  private stopped = false;

  constructor(
    private readonly store: QueueStore,
    private readonly queues: { readonly ready: ReadyQueues; readonly origins: OriginSlots },
    private readonly log: QueueLogInterface,
    private readonly intervalMs: number,
  ) {}

  start(): void {
    this.timer = setTimeout(
      () => {
        this.sweeping = this.sweep().finally(() => {
          if (!this.stopped) this.start();
        });
      },
      this.intervalMs * (1 - JITTER / 2 + JITTER * Math.random()),
    );
  }

  /** Resolves once no sweep is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
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
