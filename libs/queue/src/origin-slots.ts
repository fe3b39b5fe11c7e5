/** Queues whose origin is known; beyond that many it is learnt anew. Some 20 MB. */
const MOST_KNOWN = 100_000;

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
  /** Where queues sent to last: their next message most likely goes there, too. */
  private readonly known = new Map<string, string>();

  constructor(private readonly slotsPerOrigin: number) {}

  /**
   * Takes a place for the queue where its last message went to, before it is claimed; undefined where
   * that is not known. A queue that finds it full need not be claimed to learn that.
   */
  reserve(queueId: string): { readonly origin: string | undefined; readonly isFull: boolean } {
    const origin = this.known.get(queueId);
    return { origin, isFull: origin !== undefined && !this.tryTake(origin) };
  }

  remember(queueId: string, origin: string): void {
    if (this.known.get(queueId) === origin) return;
    if (this.known.size >= MOST_KNOWN) this.known.clear();
    this.known.set(queueId, origin);
  }

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
