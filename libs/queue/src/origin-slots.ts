/**
 * Limits requests per origin (scheme, host and port), so that many queues behind one slow receiver
 * cannot take the slots of all the others, and the HTTP client's own queue is never used.
 *
 * A queue that finds its origin full is parked here without a lease; it holds nothing meanwhile.
 */
export class OriginSlots {
  private readonly taken = new Map<string, number>();
  private readonly parked = new Map<string, Set<string>>();
  private readonly parkedQueues = new Set<string>();

  constructor(private readonly slotsPerOrigin: number) {}

  tryTake(origin: string): boolean {
    const taken = this.taken.get(origin) ?? 0;
    if (taken >= this.slotsPerOrigin) return false;
    this.taken.set(origin, taken + 1);
    return true;
  }

  giveBack(origin: string): void {
    const taken = (this.taken.get(origin) ?? 0) - 1;
    if (taken > 0) this.taken.set(origin, taken);
    else this.taken.delete(origin);
  }

  park(origin: string, queueId: string): void {
    const queues = this.parked.get(origin) ?? new Set();
    this.parked.set(origin, queues.add(queueId));
    this.parkedQueues.add(queueId);
  }

  /** Is a queue parked because this origin was full? */
  isWanted(origin: string): boolean {
    return this.parked.has(origin);
  }

  isParked(queueId: string): boolean {
    return this.parkedQueues.has(queueId);
  }

  /**
   * Takes out the parked queues whose origin has slots free, longest parked first. Also called by
   * the sweep, because a queue that was taken out may have been claimed elsewhere meanwhile, and
   * then no request of this process would ever end and call the next one.
   */
  unpark(): string[] {
    const unparked: string[] = [];
    for (const [origin, queues] of this.parked) {
      let free = this.slotsPerOrigin - (this.taken.get(origin) ?? 0);
      for (const queueId of queues) {
        if (free <= 0) break;
        free -= 1;
        queues.delete(queueId);
        this.parkedQueues.delete(queueId);
        unparked.push(queueId);
      }
      if (queues.size === 0) this.parked.delete(origin);
    }
    return unparked;
  }
}
