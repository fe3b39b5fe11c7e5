import { CRASH_POINTS } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { CrashWalk } from '../faults/crash-walk.js';

/** A way over the points on which each follows each other one, and itself, once: an Eulerian circuit. */
function allPairs<Point>(points: readonly Point[]): Point[] {
  const left = new Map(points.map((point) => [point, [...points]]));
  const way: Point[] = [];
  const stack = points.slice(0, 1);
  for (let here = stack.at(-1); here !== undefined; here = stack.at(-1)) {
    const next = left.get(here)?.pop();
    if (next === undefined) way.push(...stack.splice(-1));
    else stack.push(next);
  }
  return way.reverse();
}

const WAY = allPairs(CRASH_POINTS);
const VISIT_LIMIT_MS = 10_000;

describe('kill -9 at every point, and of the next process at every other one', () => {
  it('goes over each pair once', () => {
    const pairs = WAY.slice(1).map((point, index) => `${WAY[index]} ${point}`);
    expect(pairs).toHaveLength(CRASH_POINTS.length ** 2);
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it(
    'loses and doubles nothing',
    async () => {
      await expect(CrashWalk.along(() => WAY)).resolves.toBeUndefined();
    },
    WAY.length * VISIT_LIMIT_MS,
  );
});
