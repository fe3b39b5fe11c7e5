/** Of the slots of a process, the part that slow queues may hold together. */
const SHARE = 1 / 4;

/** Ids that are remembered as slow; beyond that the one that was slow longest ago is forgotten. */
const MAX_REMEMBERED = 10_000;

/**
 * Keeps slots free for receivers that answer quickly: a queue whose last attempt was slow may only
 * be at work in one of the few places of this lane. A receiver that takes 8 s and then answers 200
 * is never blocked, so without the lane two such origins with many queues would hold every slot.
 *
 * A queue that finds the lane full is parked here without a lease. It is remembered beyond the end
 * of its backlog, or one message every few seconds would always count as the first.
 */
export class SlowLane {
  private readonly slow = new Set<string>();
  private readonly taken = new Set<string>();
  private readonly parked = new Set<string>();
  private readonly places: number;

  /** `slots`: of the process. An attempt is slow that takes longer than `slowAfterMs`. */
  constructor(
    slots: number,
    private readonly slowAfterMs: number,
  ) {
    this.places = Math.max(1, Math.floor(slots * SHARE));
  }

  /** Learns from an attempt of the queue: the last one decides. */
  judge(queueId: string, attemptMs: number): void {
    this.slow.delete(queueId);
    if (attemptMs <= this.slowAfterMs) return;
    this.slow.add(queueId);
    if (this.slow.size <= MAX_REMEMBERED) return;
    const [oldest] = this.slow;
    if (oldest !== undefined) this.slow.delete(oldest);
  }

  /** May the queue be claimed now? A slow one takes a place, or is parked where none is free. */
  admit(queueId: string): boolean {
    if (!this.slow.has(queueId)) return true;
    if (this.taken.size >= this.places) {
      this.parked.add(queueId);
      return false;
    }
    this.parked.delete(queueId);
    this.taken.add(queueId);
    return true;
  }

  /** False for a queue that has turned slow in a slot outside of the lane. */
  mayGoOn(queueId: string): boolean {
    return !this.slow.has(queueId) || this.taken.has(queueId);
  }

  /** Does the queue hold a place that another is parked for? */
  isWanted(queueId: string): boolean {
    return this.parked.size > 0 && this.taken.has(queueId);
  }

  /** Gives back the place of the queue, if it has one. */
  leave(queueId: string): void {
    this.taken.delete(queueId);
  }

  /** Takes out as many parked queues as there are places free, longest parked first. */
  unpark(): string[] {
    const unparked: string[] = [];
    for (const queueId of this.parked) {
      if (this.taken.size + unparked.length >= this.places) break;
      this.parked.delete(queueId);
      unparked.push(queueId);
    }
    return unparked;
  }
}
