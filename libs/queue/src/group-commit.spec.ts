import { describe, expect, it } from 'vitest';
import { GroupCommit } from './group-commit.js';

/** A write that stays open until the test ends it, so that a test decides what arrives meanwhile. */
class HeldWrites {
  readonly written: string[][] = [];
  private readonly open: { resolve: (result: number) => void; reject: (cause: Error) => void }[] =
    [];

  readonly write = (items: readonly string[]): Promise<number> => {
    this.written.push([...items]);
    return new Promise((resolve, reject) => this.open.push({ resolve, reject }));
  };

  succeed(): void {
    this.open.shift()?.resolve(this.written.length);
  }

  fail(cause: Error): void {
    this.open.shift()?.reject(cause);
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('a group commit', () => {
  it('writes what arrives in one turn of the event loop together, in the order of arrival', async () => {
    const writes = new HeldWrites();
    const commits = new GroupCommit(writes.write, 100);
    const all = Promise.all([commits.add(['a', 'b']), commits.add(['c']), commits.add(['d'])]);
    await nextTurn();
    expect(writes.written).toEqual([['a', 'b', 'c', 'd']]);
    writes.succeed();
    expect(await all).toEqual([1, 1, 1]);
  });

  it('lets what arrives during a write wait for the next one, and writes one at a time', async () => {
    const writes = new HeldWrites();
    const commits = new GroupCommit(writes.write, 100);
    const first = commits.add(['a']);
    await nextTurn();
    const later = [commits.add(['b']), commits.add(['c'])];
    await nextTurn();
    expect(writes.written).toEqual([['a']]);
    writes.succeed();
    expect(await first).toBe(1);
    await nextTurn();
    expect(writes.written).toEqual([['a'], ['b', 'c']]);
    writes.succeed();
    expect(await Promise.all(later)).toEqual([2, 2]);
  });

  it('with two writers has two writes under way, each item in one of them, and never a third', async () => {
    const writes = new HeldWrites();
    const commits = new GroupCommit(writes.write, 100, 2);
    const all = [];
    for (const item of ['a', 'b', 'c', 'd']) {
      all.push(commits.add([item]));
      await nextTurn();
    }
    expect(writes.written).toEqual([['a'], ['b']]);
    writes.succeed();
    await all[0];
    await nextTurn();
    expect(writes.written).toEqual([['a'], ['b'], ['c', 'd']]);
    writes.succeed();
    writes.succeed();
    await Promise.all(all);
  });

  it('resolves nobody before the write has ended', async () => {
    const writes = new HeldWrites();
    const commits = new GroupCommit(writes.write, 100);
    let resolved = false;
    const added = commits.add(['a']).then(() => (resolved = true));
    await nextTurn();
    expect(resolved).toBe(false);
    writes.succeed();
    await added;
    expect(resolved).toBe(true);
  });

  it('bounds a write, without dividing what one caller brought or taking callers out of turn', async () => {
    const writes = new HeldWrites();
    const commits = new GroupCommit(writes.write, 3);
    const all = [['a', 'b'], ['c', 'd'], ['e'], ['f', 'g', 'h', 'i'], ['j']].map((items) =>
      commits.add(items),
    );
    for (const added of all) {
      await nextTurn();
      writes.succeed();
      await Promise.race([added, nextTurn()]);
    }
    await Promise.all(all);
    expect(writes.written).toEqual([['a', 'b'], ['c', 'd', 'e'], ['f', 'g', 'h', 'i'], ['j']]);
  });

  it('fails every caller of a failed write, and only those', async () => {
    const writes = new HeldWrites();
    const commits = new GroupCommit(writes.write, 100);
    const failing = Promise.allSettled([commits.add(['a']), commits.add(['b'])]);
    await nextTurn();
    const next = commits.add(['c']);
    const cause = new Error('the database went away');
    writes.fail(cause);
    expect(await failing).toEqual([
      { status: 'rejected', reason: cause },
      { status: 'rejected', reason: cause },
    ]);
    await nextTurn();
    writes.succeed();
    expect(await next).toBe(2);
    expect(writes.written).toEqual([['a', 'b'], ['c']]);
  });

  it('goes on after it was idle, also where the write throws at once', async () => {
    const written: string[] = [];
    const commits = new GroupCommit<string, void>((items) => {
      if (items.includes('bad')) throw new Error('thrown, not rejected');
      written.push(...items);
      return Promise.resolve();
    }, 10);
    await commits.add(['a']);
    await expect(commits.add(['bad'])).rejects.toThrow('thrown, not rejected');
    await commits.add(['b']);
    expect(written).toEqual(['a', 'b']);
  });

  describe('that gathers', () => {
    const gathering = { from: 2, pauseMs: 30 };

    it('waits behind a large write, so that the next one brings more', async () => {
      const writes = new HeldWrites();
      const commits = new GroupCommit(writes.write, 100, 1, gathering);
      const first = commits.add(['a', 'b']);
      await nextTurn();
      const second = commits.add(['c']);
      writes.succeed();
      await first;
      const toldAt = performance.now();
      const third = commits.add(['d']);
      await nextTurn();
      expect(writes.written).toEqual([['a', 'b']]);
      while (writes.written.length < 2) await nextTurn();
      expect(performance.now() - toldAt).toBeGreaterThan(15);
      expect(writes.written[1]).toEqual(['c', 'd']);
      writes.succeed();
      await Promise.all([second, third]);
    });

    it('waits behind no small one', async () => {
      const writes = new HeldWrites();
      const commits = new GroupCommit(writes.write, 100, 1, { from: 2, pauseMs: 60_000 });
      const first = commits.add(['a']);
      await nextTurn();
      const second = commits.add(['b']);
      writes.succeed();
      await first;
      while (writes.written.length < 2) await nextTurn();
      writes.succeed();
      expect(await second).toBe(2);
    });
  });
});
