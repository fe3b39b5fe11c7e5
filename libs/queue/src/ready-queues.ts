import type { QueueLease } from './queue-lease.js';

/** A queue that may have work. */
export interface ReadyQueue {
  readonly queueId: string;
  /** It was found BLOCKED and due: what it wants to send is a probe. */
  readonly isProbe: boolean;
}

/** Slots of whoever works off the queues, for queues that are about to get messages. */
export interface SlotOffers {
  /**
   * Which of these queues could be sent at once, if they had something to send? Their slots are kept until
   * `adopt` or `decline`.
   */
  offer(queueIds: Iterable<string>): readonly string[];
  /** Sends what was leased of the offered queues; the others are given up. */
  adopt(offered: readonly string[], leases: readonly QueueLease[]): void;
  /** It is not known whether the offered queues were leased. */
  decline(offered: readonly string[]): void;
}

/**
 * Queues that may have work, in the order in which they were woken. Only a hint: claiming decides.
 * Where nobody listens (a replica that only ingests) nothing is kept.
 */
export class ReadyQueues {
  private readonly probes = new Map<string, boolean>();
  private listener: (() => void) | undefined;
  private slots: SlotOffers | undefined;

  get isEmpty(): boolean {
    return this.probes.size === 0;
  }

  /** Somebody in this process sends what is ready. */
  get isWorkedOff(): boolean {
    return this.listener !== undefined;
  }

  listen(listener: () => void, slots?: SlotOffers): void {
    this.listener = listener;
    this.slots = slots;
  }

  /** As those of {@link SlotOffers}; nothing is offered where nobody sends. */
  offer(queueIds: Iterable<string>): readonly string[] {
    return this.slots?.offer(queueIds) ?? [];
  }

  adopt(offered: readonly string[], leases: readonly QueueLease[]): void {
    this.slots?.adopt(offered, leases);
  }

  decline(offered: readonly string[]): void {
    this.slots?.decline(offered);
  }

  add(ids: Iterable<string>): void {
    this.keep(ids, false);
  }

  /** Where a queue is known as one that sends, it stays that. */
  addProbes(ids: Iterable<string>): void {
    this.keep(ids, true);
  }

  /** Removes and returns up to `limit` queues, the longest waiting first. */
  take(limit: number): ReadyQueue[] {
    const taken: ReadyQueue[] = [];
    for (const [queueId, isProbe] of this.probes) {
      if (taken.length >= limit) break;
      taken.push({ queueId, isProbe });
      this.probes.delete(queueId);
    }
    return taken;
  }

  private keep(ids: Iterable<string>, areProbes: boolean): void {
    if (!this.listener) return;
    for (const id of ids) this.probes.set(id, areProbes && this.probes.get(id) !== false);
    this.listener();
  }
}
