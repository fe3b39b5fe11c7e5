import { describe, expect, it } from 'vitest';
import { OriginSlots } from './origin-slots.js';

const A = 'https://a.example';
const B = 'https://b.example';

describe('the slots of an origin', () => {
  it('are limited for each origin by itself', () => {
    const slots = new OriginSlots(2);
    expect([slots.tryTake(A), slots.tryTake(A), slots.tryTake(A)]).toEqual([true, true, false]);
    expect(slots.tryTake(B)).toBe(true);
  });

  it('can be taken again once they were given back, and never more than there are', () => {
    const slots = new OriginSlots(1);
    slots.tryTake(A);
    slots.giveBack(A);
    expect([slots.tryTake(A), slots.tryTake(A)]).toEqual([true, false]);
  });

  it('take out parked queues, longest parked first, as many as are free', () => {
    const slots = new OriginSlots(2);
    slots.tryTake(A);
    slots.tryTake(A);
    for (const queue of ['q1', 'q2', 'q3']) slots.park(A, queue);
    expect(slots.unpark()).toEqual([]);
    slots.giveBack(A);
    expect(slots.unpark()).toEqual(['q1']);
    slots.giveBack(A);
    expect(slots.unpark()).toEqual(['q2', 'q3']);
    expect(slots.unpark()).toEqual([]);
  });

  it('know which queues are parked, and for which origin', () => {
    const slots = new OriginSlots(1);
    expect(slots.isParked('q1')).toBe(false);
    slots.park(A, 'q1');
    expect(slots.isParked('q1')).toBe(true);
    expect([slots.isWanted(A), slots.isWanted(B)]).toEqual([true, false]);
    slots.unpark();
    expect(slots.isParked('q1')).toBe(false);
    expect(slots.isWanted(A)).toBe(false);
  });

  it('of one origin do not free the queues of another', () => {
    const slots = new OriginSlots(1);
    slots.tryTake(A);
    slots.tryTake(B);
    slots.park(A, 'waits for a');
    slots.park(B, 'waits for b');
    slots.giveBack(B);
    expect(slots.unpark()).toEqual(['waits for b']);
    expect(slots.isParked('waits for a')).toBe(true);
  });

  it('keep a queue that is parked twice once', () => {
    const slots = new OriginSlots(5);
    slots.park(A, 'q1');
    slots.park(A, 'q1');
    expect(slots.unpark()).toEqual(['q1']);
  });

  it('are kept for a queue where its last message went to, and nowhere where that is not known', () => {
    const slots = new OriginSlots(1);
    expect(slots.reserve('q1')).toEqual({ origin: undefined, isFull: false });
    slots.remember('q1', A);
    slots.remember('q2', A);
    expect(slots.reserve('q1')).toEqual({ origin: A, isFull: false });
    expect(slots.reserve('q2')).toEqual({ origin: A, isFull: true });
    expect(slots.tryTake(A)).toBe(false);
    slots.giveBack(A);
    slots.remember('q2', B);
    expect(slots.reserve('q2')).toEqual({ origin: B, isFull: false });
    expect(slots.tryTake(A)).toBe(true);
  });
});
