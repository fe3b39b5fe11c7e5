import { CRASH_POINTS } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { CrashWalk, type Place } from './crash-walk.js';

/** `all`: every point behind every other one, some four minutes; else each behind itself and the one before. */
const PAIRS = process.env['CRASH_PAIRS'] ?? 'some';

const VISIT_LIMIT_MS = 10_000;

async function walk(places: (walk: CrashWalk) => readonly Place[]): Promise<void> {
  const walk = await CrashWalk.begin();
  try {
    for (const place of places(walk)) await walk.visit(place);
    await walk.finish();
  } finally {
    await walk.dispose();
  }
}

const someOf = (points: readonly Place[]): Place[] => points.flatMap((point) => [point, point]);

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

describe('a way over all pairs', () => {
  it('has each once', () => {
    const way = allPairs(CRASH_POINTS);
    const pairs = way.slice(1).map((point, index) => `${way[index]} ${point}`);
    expect(pairs).toHaveLength(CRASH_POINTS.length ** 2);
    expect(new Set(pairs).size).toBe(pairs.length);
  });
});

describe('kill -9', () => {
  const places = PAIRS === 'all' ? allPairs(CRASH_POINTS) : someOf(CRASH_POINTS);
  it(
    'at every point, and again where the next process is, loses and doubles nothing',
    async () => {
      await walk(() => places);
    },
    places.length * VISIT_LIMIT_MS,
  );

  it('at every step of an orderly end loses and doubles nothing', async () => {
    await walk(({ shutdownSteps }) => {
      expect(shutdownSteps.length).toBeGreaterThan(10);
      return shutdownSteps.map((shutdownStep) => ({ shutdownStep }));
    });
  });
});
