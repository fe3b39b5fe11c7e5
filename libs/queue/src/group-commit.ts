import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

interface Waiting<Item, Result> {
  readonly items: readonly Item[];
  readonly resolve: (result: Result) => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * Lets many callers share one transaction: what arrives while a write is under way goes into the
 * next one, together. A lone caller never waits, and the batch grows by itself exactly as far as
 * commits are slower than arrivals.
 *
 * With one writer, the default, first come is first written: the order of the callers is the order
 * of the commits. More writers overlap their commits and promise no order between callers. The items
 * of one caller are never divided. When a write fails every caller in it fails.
 */
export class GroupCommit<Item, Result> {
  private readonly waiting: Waiting<Item, Result>[] = [];
  private writing = 0;

  /**
   * `maxItems` bounds one write; a single caller may exceed it. `gathering`: behind a write that brought
   * at least `from` items the next one waits for `pauseMs`, so that under load fewer writes bring more.
   */
  constructor(
    private readonly write: (items: readonly Item[]) => Promise<Result>,
    private readonly maxItems: number,
    private readonly writers = 1,
    private readonly gathering = { from: Infinity, pauseMs: 0 },
  ) {}

  /** Resolves after the commit, with what the whole write returned. */
  add(items: readonly Item[]): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ items, resolve, reject });
      if (this.writing < this.writers) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.writing += 1;
    // Lets every caller of this turn of the event loop join the first write.
    await nextTurn();
    while (this.waiting.length > 0) {
      const group = this.nextGroup();
      const items = group.flatMap((waiting) => waiting.items);
      const gathers = items.length >= this.gathering.from;
      try {
        const result = await this.write(items);
        this.tell(gathers, () => {
          for (const { resolve } of group) resolve(result);
        });
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
      if (gathers) await pause(this.gathering.pauseMs);
    }
    this.writing -= 1;
  }

  /**
   * Where others wait, their write goes out first: what the callers of this one do when they are
   * told (a request each) would keep the database idle for milliseconds.
   */
  private tell(atOnce: boolean, resolveAll: () => void): void {
    if (this.waiting.length > 0 && !atOnce) setImmediate(resolveAll);
    else resolveAll();
  }

  private nextGroup(): Waiting<Item, Result>[] {
    let count = 0;
    let size = 0;
    for (const { items } of this.waiting) {
      if (count > 0 && size + items.length > this.maxItems) break;
      count += 1;
      size += items.length;
    }
    return this.waiting.splice(0, count);
  }
}
