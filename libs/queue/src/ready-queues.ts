/**
 * Ids of queues that may have work, in the order in which they were woken. Only a hint: claiming
 * decides. Where nobody listens (a replica that only ingests) nothing is kept.
 */
export class ReadyQueues {
  private readonly ids = new Set<string>();
  private listener: (() => void) | undefined;

  get isEmpty(): boolean {
    return this.ids.size === 0;
  }

  listen(listener: () => void): void {
    this.listener = listener;
  }

  add(ids: Iterable<string>): void {
    if (!this.listener) return;
    for (const id of ids) this.ids.add(id);
    this.listener();
  }

  /** Removes and returns up to `limit` ids, the longest waiting first. */
  take(limit: number): string[] {
    const taken: string[] = [];
    for (const id of this.ids) {
      if (taken.length >= limit) break;
      taken.push(id);
      this.ids.delete(id);
    }
    return taken;
  }
}
