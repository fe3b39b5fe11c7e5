import { describe, expect, it } from 'vitest';
import { OriginSlots } from './origin-slots.js';
import { QueueTurn } from './queue-turn.js';

const A = 'https://a.example/hook';
const B = 'https://b.example/hook';

function begun(options: { waiting?: boolean; slots?: number; reserved?: string } = {}) {
  const origins = new OriginSlots(options.slots ?? 1);
  let left = 0;
  const rules = {
    mayStay: (attemptMs: number | undefined) => (attemptMs ?? 0) < 1_000,
    isAnybodyWaiting: () => options.waiting ?? false,
    onLeft: () => (left += 1),
  };
  if (options.reserved !== undefined) origins.tryTake(options.reserved);
  const turn = new QueueTurn('queue', origins, rules, options.reserved);
  return { turn, origins, left: () => left };
}

const messages = (turn: QueueTurn, count: number): boolean[] =>
  Array.from({ length: count }, () => turn.mayGoOn(1));

describe('a turn of a queue', () => {
  it('is over after 20 messages where others wait, else not', () => {
    expect(messages(begun({ waiting: true }).turn, 20).lastIndexOf(true)).toBe(18);
    expect(messages(begun().turn, 40)).not.toContain(false);
  });

  it('wants no more messages in hand than it may still send', () => {
    const { turn } = begun({ waiting: true });
    messages(turn, 5);
    expect([turn.wantsMore(14), turn.wantsMore(15)]).toEqual([true, false]);
    expect(begun().turn.wantsMore(100)).toBe(true);
  });

  it('is over where the queue may not stay in its slot', () => {
    expect(begun().turn.mayGoOn(1_000)).toBe(false);
  });

  it('keeps a place at an origin from one message to the next, and gives it back at its end', () => {
    const { turn, origins, left } = begun();
    expect([turn.enter(A), turn.enter(`${A}/other`)]).toEqual([true, true]);
    expect(origins.tryTake('https://a.example')).toBe(false);
    turn.leave();
    turn.leave();
    expect(left()).toBe(1);
    expect(origins.tryTake('https://a.example')).toBe(true);
  });

  it('gives back the place at one origin when a message goes to another', () => {
    const { turn, origins } = begun();
    turn.enter(A);
    expect(turn.enter(B)).toBe(true);
    expect(origins.tryTake('https://a.example')).toBe(true);
    expect(origins.tryTake('https://b.example')).toBe(false);
  });

  it('tells which origin had no place, and is known there afterwards', () => {
    const { turn, origins } = begun();
    origins.tryTake('https://a.example');
    expect(turn.enter(A)).toBe(false);
    expect(turn.refusedBy).toBe('https://a.example');
    expect(origins.reserve('queue')).toMatchObject({ origin: 'https://a.example', isFull: true });
  });

  it('uses a place that was kept for it', () => {
    const { turn, origins } = begun({ reserved: 'https://a.example' });
    expect(turn.enter(A)).toBe(true);
    turn.leave();
    expect(origins.tryTake('https://a.example')).toBe(true);
  });
});
