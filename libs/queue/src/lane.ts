/** Of the slots of a process, the part that the queues of one lane may hold together. */
const SHARE = 1 / 4;

/**
 * A few places for queues that may not take more than their share of the slots. A queue that finds the
 * lane full is parked here without a lease; it holds nothing meanwhile.
 */
export class Lane {
  private readonly taken = new Set<string>();
  private readonly parked = new Set<string>();

  private readonly places: number;

  /** `slots`: of the process. */
  constructor(slots: number) {
    this.places = Math.max(1, Math.floor(slots * SHARE));
  }

  /** True where the queue got a place; else it is parked. */
  admit(queueId: string): boolean {
    if (this.taken.size >= this.places) {
      this.parked.add(queueId);
      return false;
    }
    this.parked.delete(queueId);
    this.taken.add(queueId);
    return true;
  }

  holds(queueId: string): boolean {
    return this.taken.has(queueId);
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
