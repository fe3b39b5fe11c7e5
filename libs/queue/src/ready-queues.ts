/** A queue that may have work. */
export interface ReadyQueue {
  readonly queueId: string;
  /** It was found BLOCKED and due: what it wants to send is a probe. */
  readonly isProbe: boolean;
}

/**
 * Queues that may have work, in the order in which they were woken. Only a hint: claiming decides.
 * Where nobody listens (a replica that only ingests) nothing is kept.
 */
export class ReadyQueues {
  private readonly probes = new Map<string, boolean>();
  private listener: (() => void) | undefined;

  get isEmpty(): boolean {
    return this.probes.size === 0;
  }

  listen(listener: () => void): void {
    this.listener = listener;
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
