import { describe, expect, it } from 'vitest';
import { observeChain } from './chain-observation.js';
import type { SequencePosition } from './sequence-headers.js';

const at = (sequence?: number, previous?: number): SequencePosition => ({
  sequence,
  previous,
  skipped: [],
  moreSkipped: false,
});
const first = (highest?: number) => ({ highest, isDuplicate: false });
const again = (highest?: number) => ({ highest, isDuplicate: true });

describe('nothing is observed', () => {
  it.each([
    ['the chain goes on', at(7, 3), first(3)],
    ['nothing was processed before: a new store', at(7, 3), first()],
    ['it is the first one of its webhook', at(7, 0), first()],
    ['the platform does not know what went before', at(7), first(3)],
    ['there are no headers', at(), first(3)],
    ['only the previous one is said', at(undefined, 9), first(3)],
    ['an answer was lost, and what it was for was skipped', at(9, 3), first(7)],
    ['it came before', at(7, 3), again(7)],
    ['it came before, and others after it', at(7, 3), again(20)],
    ['it comes again under a new position', at(21, 20), again(20)],
    ['it is the highest one, and its id was forgotten', at(7, 3), first(7)],
  ])('where %s', (_case, position, state) => {
    expect(observeChain(position, state)).toEqual([]);
  });
});

describe('a gap', () => {
  it('is where the previous one was not processed', () => {
    expect(observeChain(at(9, 7), first(3))).toEqual([
      { kind: 'gap', after: 3, through: 7, sequence: 9 },
    ]);
  });

  it('is noticed by a message that comes again under a new position', () => {
    expect(observeChain(at(9, 7), again(3))).toMatchObject([{ kind: 'gap', through: 7 }]);
  });

  it('is not explained by what was skipped after it', () => {
    const position = { ...at(9, 7), skipped: [{ first: 8, last: 8 }] };

    expect(observeChain(position, first(3)).map(({ kind }) => kind)).toEqual(['gap', 'skipped']);
  });
});

describe('an inversion', () => {
  it('is a first delivery of what stands before something processed', () => {
    expect(observeChain(at(5, 3), first(9))).toEqual([
      { kind: 'inversion', sequence: 5, highest: 9 },
    ]);
  });
});

describe('what was skipped', () => {
  const skipped = [{ first: 4, last: 6 }];

  it('explains the distance to the previous one', () => {
    expect(observeChain({ ...at(7, 3), skipped }, first(3))).toEqual([
      { kind: 'skipped', sequence: 7, ranges: skipped, more: false },
    ]);
  });

  it('is told also by a new store, and where it is too much to be listed', () => {
    expect(observeChain({ ...at(7, 3), moreSkipped: true }, first())).toEqual([
      { kind: 'skipped', sequence: 7, ranges: [], more: true },
    ]);
  });

  it('is told once, and not by each repetition', () => {
    expect(observeChain({ ...at(7, 3), skipped }, again(7))).toEqual([]);
  });
});
