import { describe, expect, it } from 'vitest';
import { FAULT_NAMES, faultKind, type FaultName } from './fault-kinds.js';
import { Random } from '@app/testing';
import { scheduleOf } from './schedule.js';

const TEN_MINUTES = { durationMs: 600_000, kinds: FAULT_NAMES };

describe('a schedule', () => {
  it('is the same for the same seed, and another one for another', () => {
    const schedule = scheduleOf({ ...TEN_MINUTES, seed: 'a' });
    expect(scheduleOf({ ...TEN_MINUTES, seed: 'a' })).toEqual(schedule);
    expect(scheduleOf({ ...TEN_MINUTES, seed: 'b' })).not.toEqual(schedule);
  });

  it('has every kind of fault where there is time, each as long as its kind says', () => {
    const schedule = scheduleOf({ ...TEN_MINUTES, seed: 'all' });
    expect(new Set(schedule.map(({ kind }) => kind))).toEqual(new Set(FAULT_NAMES));
    for (const { kind, forMs, at } of schedule) {
      const [least, most] = faultKind(kind).lasts;
      expect(forMs).toBeGreaterThanOrEqual(least);
      expect(forMs).toBeLessThanOrEqual(most);
      expect(at).toBeLessThan(TEN_MINUTES.durationMs);
    }
  });

  it('has only what was asked for', () => {
    const kinds: FaultName[] = ['crash', 'pause'];
    const schedule = scheduleOf({ seed: 'some', durationMs: 60_000, kinds });
    expect(new Set(schedule.map(({ kind }) => kind))).toEqual(new Set(kinds));
  });

  it('does not begin what needs something for itself while another fault has it', () => {
    const schedule = scheduleOf({ ...TEN_MINUTES, seed: 'alone' });
    const databases = schedule.filter(({ kind }) => faultKind(kind).needs.includes('database'));
    for (const [index, { at }] of databases.entries()) {
      const before = databases[index - 1];
      if (before) expect(at).toBeGreaterThanOrEqual(before.at + before.forMs);
    }
    expect(databases.length).toBeGreaterThan(10);
  });
});

describe('random numbers of a seed', () => {
  it('fill the range, and shuffle without losing anything', () => {
    const random = new Random('range');
    const drawn = Array.from({ length: 1_000 }, () => random.whole(1, 6));
    expect(new Set(drawn)).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    const shuffled = random.shuffled(FAULT_NAMES);
    expect(shuffled).not.toEqual(FAULT_NAMES);
    expect([...shuffled].sort()).toEqual([...FAULT_NAMES].sort());
  });

  it('cannot choose from nothing', () => {
    expect(() => new Random('none').one([])).toThrow('nothing to choose from');
  });
});
