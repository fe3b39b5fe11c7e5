import { describe, expect, it } from 'vitest';
import { ReadyQueues } from './ready-queues.js';

function listened(): { ready: ReadyQueues; told: () => number } {
  const ready = new ReadyQueues();
  let calls = 0;
  ready.listen(() => (calls += 1));
  return { ready, told: () => calls };
}

const ids = (ready: ReadyQueues, limit = 10): string[] =>
  ready.take(limit).map(({ queueId }) => queueId);

describe('ready queues', () => {
  it('come out in the order in which they were woken, each once', () => {
    const { ready } = listened();
    ready.add(['a', 'b', 'a']);
    ready.add(['c', 'b']);
    expect(ids(ready)).toEqual(['a', 'b', 'c']);
    expect(ready.isEmpty).toBe(true);
  });

  it('come out a few at a time', () => {
    const { ready } = listened();
    ready.add(['a', 'b', 'c']);
    expect(ids(ready, 2)).toEqual(['a', 'b']);
    expect(ready.isEmpty).toBe(false);
    expect(ids(ready, 0)).toEqual([]);
    expect(ids(ready, 2)).toEqual(['c']);
  });

  it('go to the end of the line when they are woken again after they were taken', () => {
    const { ready } = listened();
    ready.add(['a', 'b']);
    ready.take(1);
    ready.add(['a']);
    expect(ids(ready)).toEqual(['b', 'a']);
  });

  it('are announced after they can be taken', () => {
    const ready = new ReadyQueues();
    const taken: string[] = [];
    ready.listen(() => taken.push(...ids(ready)));
    ready.add(['a', 'b']);
    expect(taken).toEqual(['a', 'b']);
  });

  it('are announced every time, because an earlier announcement may have found no free slot', () => {
    const { ready, told } = listened();
    ready.add(['a']);
    ready.add(['a']);
    expect(told()).toBe(2);
  });

  it('tell which of them are probes, unless one is known to send by now', () => {
    const { ready } = listened();
    ready.addProbes(['probe', 'woken later']);
    ready.add(['woken before', 'woken later']);
    ready.addProbes(['woken before']);
    expect(ready.take(10)).toEqual([
      { queueId: 'probe', isProbe: true },
      { queueId: 'woken later', isProbe: false },
      { queueId: 'woken before', isProbe: false },
    ]);
  });

  it('are not kept where nobody listens: a replica that only ingests would collect them for ever', () => {
    const ready = new ReadyQueues();
    ready.add(['a']);
    expect(ready.isEmpty).toBe(true);
    ready.listen(() => undefined);
    expect(ids(ready)).toEqual([]);
  });
});
