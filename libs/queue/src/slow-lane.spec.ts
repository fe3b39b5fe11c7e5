import { describe, expect, it } from 'vitest';
import { SlowLane } from './slow-lane.js';

const SLOW_MS = 2_001;
const FAST_MS = 2_000;

/** A lane of two places that knows the given queues as slow. */
function laneWith(...queueIds: string[]): SlowLane {
  const lane = new SlowLane(8, 2_000);
  for (const id of queueIds) lane.judge(id, SLOW_MS);
  return lane;
}

describe('the lane of slow queues', () => {
  it('is no concern of queues that are not known as slow', () => {
    const lane = laneWith('a', 'b', 'c');
    for (const id of ['a', 'b', 'c']) lane.admit(id);
    lane.judge('quick', FAST_MS);
    expect([lane.admit('new'), lane.admit('quick'), lane.mayGoOn('quick')]).toEqual([
      true,
      true,
      true,
    ]);
    expect(lane.isWanted('quick')).toBe(false);
  });

  it('admits a quarter of the slots, at least one, and parks the others', () => {
    const lane = laneWith('a', 'b', 'c');
    expect(['a', 'b', 'c'].map((id) => lane.admit(id))).toEqual([true, true, false]);
    const narrow = new SlowLane(1, 0);
    narrow.judge('a', 1);
    expect(narrow.admit('a')).toBe(true);
  });

  it('lets nobody go on who turned slow outside of it', () => {
    const lane = laneWith('a');
    expect(lane.mayGoOn('a')).toBe(false);
    lane.admit('a');
    expect(lane.mayGoOn('a')).toBe(true);
  });

  it('is left by one fast attempt', () => {
    const lane = laneWith('a', 'b', 'c');
    lane.judge('c', FAST_MS);
    expect(['a', 'b', 'c'].map((id) => lane.admit(id))).toEqual([true, true, true]);
  });

  it('hands a place that is left to the queue that is parked longest', () => {
    const lane = laneWith('a', 'b', 'c', 'd');
    for (const id of ['a', 'b', 'd', 'c', 'd']) lane.admit(id);
    expect(lane.isWanted('a')).toBe(true);
    expect(lane.unpark()).toEqual([]);
    lane.leave('a');
    expect(lane.unpark()).toEqual(['d']);
    expect(lane.admit('d')).toBe(true);
    lane.leave('b');
    lane.leave('d');
    expect(lane.unpark()).toEqual(['c']);
    expect(lane.isWanted('a')).toBe(false);
  });

  it('lets a parked queue in that is offered again while a place is free, once', () => {
    const lane = laneWith('a', 'b', 'c');
    for (const id of ['a', 'b', 'c']) lane.admit(id);
    lane.leave('a');
    expect(lane.admit('c')).toBe(true);
    lane.leave('b');
    expect(lane.unpark()).toEqual([]);
  });

  it('forgets who was slow longest ago where it would have to remember too many', () => {
    const lane = laneWith('first', 'again');
    for (let n = 0; n < 9_999; n += 1) {
      lane.judge('again', SLOW_MS);
      lane.judge(String(n), SLOW_MS);
    }
    expect([lane.mayGoOn('first'), lane.mayGoOn('again'), lane.mayGoOn('0')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
