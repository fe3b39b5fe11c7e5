import { createLogger, type Clock } from '@app/platform';
import { beforeEach, describe, expect, it } from 'vitest';
import { Collections } from './collections.js';
import { Metrics } from './metrics.js';

const OPTIONS = { maxAgeMs: 10_000, limitMs: 60_000 };

let metrics: Metrics;
let collections: Collections;
let lines: string[];
let nowMs: number;

beforeEach(() => {
  metrics = new Metrics();
  lines = [];
  nowMs = 0;
  const clock: Clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs };
  const write = (line: string) => void lines.push(line);
  const logger = createLogger({ level: 'info', format: 'json' }, { write });
  collections = new Collections(metrics, logger, clock);
});

interface Answer<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

function answer<Value>(): Answer<Value> {
  const settle: { resolve?: Answer<Value>['resolve']; reject?: Answer<Value>['reject'] } = {};
  const promise = new Promise<Value>((resolve, reject) =>
    Object.assign(settle, { resolve, reject }),
  );
  return { promise, ...(settle as Required<typeof settle>) };
}

/** Answers that the spec gives when it likes, in the order of the questions. */
function answers<Value>() {
  const asked: Answer<Value>[] = [];
  const collect = (): Promise<Value> => {
    const next = answer<Value>();
    asked.push(next);
    return next.promise;
  };
  return { asked, collect };
}

async function errors(): Promise<number> {
  const [, count] = /collection_errors_total\{collector="queues"\} (\d+)/.exec(
    await metrics.text(),
  ) as unknown as [string, string];
  return Number(count);
}

describe('a collection', () => {
  it('asks again only when its value is old', async () => {
    let asked = 0;
    const read = collections.of('queues', () => Promise.resolve((asked += 1)), OPTIONS);
    expect([await read(), await read()]).toEqual([1, 1]);
    nowMs = 9_999;
    expect(await read()).toBe(1);
    nowMs = 10_000;
    expect(await read()).toBe(2);
    expect(await errors()).toBe(0);
  });

  it('asks once for scrapes that come at the same time', async () => {
    const { asked, collect } = answers<number>();
    const read = collections.of('queues', collect, OPTIONS);
    const reads = Promise.all([read(), read(), read()]);
    asked[0]?.resolve(7);
    expect(await reads).toEqual([7, 7, 7]);
    expect(asked).toHaveLength(1);
  });

  it('that fails has no value, is counted and logged, and is not tried again at once', async () => {
    let asked = 0;
    const failing = () => ((asked += 1), Promise.reject(new Error('away')));
    const read = collections.of('queues', failing, OPTIONS);
    expect(await Promise.all([read(), read()])).toEqual([undefined, undefined]);
    expect(await read()).toBeUndefined();
    expect([asked, await errors()]).toEqual([1, 1]);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      event: 'collection.failed',
      collector: 'queues',
      error: { message: 'away' },
    });
    nowMs = 10_000;
    await read();
    expect([asked, await errors()]).toEqual([2, 2]);
  });

  it('does not show its last value when it fails', async () => {
    let fails = false;
    const collect = () => (fails ? Promise.reject(new Error('away')) : Promise.resolve(1));
    const read = collections.of('queues', collect, OPTIONS);
    expect(await read()).toBe(1);
    [fails, nowMs] = [true, 10_000];
    expect(await read()).toBeUndefined();
    [fails, nowMs] = [false, 20_000];
    expect(await read()).toBe(1);
  });

  it('that throws at once is one that fails', async () => {
    let isConnected = false;
    const throwing = (): Promise<number> => {
      if (isConnected) return Promise.resolve(1);
      throw new Error('not connected');
    };
    const read = collections.of('queues', throwing, OPTIONS);
    expect(await read()).toBeUndefined();
    expect(await errors()).toBe(1);
    [isConnected, nowMs] = [true, 10_000];
    expect(await read()).toBe(1);
  });

  it('is waited for up to its limit; its late value is there for the next scrape', async () => {
    const { asked, collect } = answers<number>();
    const read = collections.of('queues', collect, { ...OPTIONS, limitMs: 5 });
    expect(await read()).toBeUndefined();
    expect(await errors()).toBe(1);
    // Not asked a second time while the first answer is awaited.
    nowMs = 10_000;
    expect(await read()).toBeUndefined();
    expect([asked.length, await errors()]).toEqual([1, 2]);
    asked[0]?.resolve(7);
    await asked[0]?.promise;
    expect(await read()).toBe(7);
    expect(asked).toHaveLength(1);
  });

  it('whose late answer is a failure is asked again', async () => {
    const { asked, collect } = answers<number>();
    const read = collections.of('queues', collect, { ...OPTIONS, limitMs: 5 });
    expect(await read()).toBeUndefined();
    asked[0]?.reject(new Error('broken'));
    await asked[0]?.promise.catch(() => undefined);
    nowMs = 10_000;
    const again = read();
    asked[1]?.resolve(8);
    expect(await again).toBe(8);
  });
});
