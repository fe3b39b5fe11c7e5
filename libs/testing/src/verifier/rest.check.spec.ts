import { describe, expect, it } from 'vitest';
import { sampleRun, type SampleRun } from './sample-run.js';
import { verifyRun } from './verify-run.js';

const textsOf = (run: SampleRun) => verifyRun(run).verdicts.map(({ kind, text }) => [kind, text]);

describe('the positions of a queue', () => {
  it.each([
    [2, [2], 'where 1 of 2 should follow, there is 2'],
    [2, [1], 'where 2 of 2 should follow, there is nothing'],
    [2, [1, 3], 'where 2 of 2 should follow, there is 3'],
    [2, [1, 1, 2], 'where 2 of 2 should follow, there is 1'],
    [1, [1, 2], 'where 2 of 1 should follow, there is 2'],
  ])('run from 1 to %d, not %j', (tail, positions, text) => {
    const run = sampleRun();
    const [row] = run.tables.messages.filter(({ queue }) => queue === 'queue-b');
    const others = run.tables.messages.filter(({ queue }) => queue !== 'queue-b');
    if (row === undefined) throw new Error('nothing to change');
    run.tables.messages = [
      ...others,
      ...positions.map((seq) => ({ ...row, seq, messageId: `x${seq}` })),
    ];
    for (const each of run.tables.queues) {
      if (each.queue === 'queue-b') Object.assign(each, { head: tail + 1, tail });
    }

    expect(textsOf(run)).toContainEqual(['position_gap', text]);
  });
});

describe('a queue at rest', () => {
  it('is told of with what is left', () => {
    const run = sampleRun();
    const [a, b, c] = run.tables.queues;
    Object.assign(a ?? {}, { status: 'BLOCKED', head: 7, lastError: '503 from the receiver' });
    Object.assign(b ?? {}, { isLocked: true });
    Object.assign(c ?? {}, { head: 2 });

    expect(textsOf(run)).toEqual([
      ['left_blocked', 'BLOCKED, 2 waiting from 7 to 8: 503 from the receiver'],
      ['left_locked', 'leased, 0 waiting from 3 to 2'],
      ['left_behind', '1 waiting from 2 to 2'],
    ]);
  });
});
