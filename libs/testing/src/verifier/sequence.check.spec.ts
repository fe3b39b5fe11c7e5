import { describe, expect, it } from 'vitest';
import { again, messageOf, sampleRun, START, type SampleRun } from './sample-run.js';
import { verifyRun } from './verify-run.js';

const kindsOf = (run: SampleRun) => verifyRun(run).verdicts.map(({ kind }) => kind);

/** Positions 1, 3, 4, 6, 7 of queue-a are a-all's; those in `aside` were skipped by an operator. */
function skipping(aside: readonly number[], previous: number, skipped: string): SampleRun {
  const run = sampleRun();
  for (const seq of aside) {
    run.received.splice(run.received.indexOf(messageOf(run, 'queue-a', seq)), 1);
    run.tables.setAside.push({ queue: 'queue-a', seq, verdict: 'PARKED' });
  }
  const { position } = messageOf(run, 'queue-a', 7);
  if (position) Object.assign(position, { previous, skipped });
  return run;
}

describe('the sequence of a request', () => {
  it('may be that of a copy that an operator had appended', () => {
    const run = sampleRun();
    const request = again(messageOf(run, 'queue-b', 2), 500);
    request.position = { sequence: 3, previous: 2, skipped: '' };
    run.received.push(request);
    expect(kindsOf(run)).toEqual(['unexplained_duplicate', 'wrong_sequence']);

    const row = run.tables.messages.find(({ messageId }) => messageId === 'b-2');
    if (row) run.tables.messages.push({ ...row, seq: 3, origin: 'replay' });
    for (const each of run.tables.queues) {
      if (each.queue === 'queue-b') Object.assign(each, { head: 4, tail: 3 });
    }
    run.repeats.push({ queue: 'queue-b', messageId: 'b-2', at: START, kind: 'replay' });
    expect(kindsOf(run)).toEqual([]);
  });

  it('is that of its queue where it was refused, too', () => {
    const run = sampleRun();
    for (const { status, position } of run.received) {
      if (status === 500 && position) position.sequence = 2;
    }
    expect(kindsOf(run)).toEqual(['wrong_sequence']);
  });

  it('is no number where the header is none', () => {
    const run = sampleRun();
    const { position } = messageOf(run, 'queue-b', 2);
    if (position) position.sequence = NaN;

    expect(kindsOf(run)).toEqual(['wrong_sequence']);
  });
});

describe('the chain of a webhook', () => {
  it.each([
    [[6], 4, '6'],
    [[4, 6], 3, '4, 6'],
    [[3, 4, 6], 1, '3-4, 6'],
    [[3, 4, 6], 1, '3-4, ...'],
  ])('passes over %j from %d by naming %s', (aside, previous, skipped) => {
    expect(kindsOf(skipping(aside, previous, skipped))).toEqual([]);
  });

  it.each([
    [[6], 4, ''],
    [[6], 3, '6'],
    [[4, 6], 3, '4'],
    [[4, 6], 3, '4, 5, 6'],
    [[4, 6], 3, '4-6'],
    [[4, 6], 3, '6, 4'],
    [[4, 6], 3, '4, 6, ...'],
    [[], 6, '5'],
    [[], 6, '9-4'],
    [[], 6, '1-9999999999'],
    [[], 6, 'none'],
  ])('is broken: over %j from %d by naming "%s"', (aside, previous, skipped) => {
    expect(kindsOf(skipping(aside, previous, skipped))).toEqual(['broken_chain']);
  });

  it('may begin without a previous one, and not go on without', () => {
    const forget = (seq: number) => {
      const run = sampleRun();
      const { position } = messageOf(run, 'queue-b', seq);
      if (position) position.previous = null;
      return kindsOf(run);
    };

    expect(forget(1)).toEqual([]);
    expect(forget(2)).toEqual(['broken_chain']);
  });

  it('stays the same when a message is repeated', () => {
    const run = sampleRun();
    const request = again(messageOf(run, 'queue-b', 1), 500);
    run.received.push(request);
    run.faults.push({ kind: 'crash', from: START, to: START });
    expect(kindsOf(run)).toEqual([]);

    if (request.position) request.position.previous = 2;
    expect(kindsOf(run)).toEqual(['broken_chain']);
  });

  it('is not told by attempts that were refused', () => {
    const run = sampleRun();
    const refused = { ...again(messageOf(run, 'queue-b', 2), -50), status: 500 };
    refused.position = { sequence: 2, previous: 0, skipped: '1' };
    run.received.push(refused);

    expect(kindsOf(run)).toEqual([]);
  });

  it('does not see what went to another endpoint', () => {
    const run = sampleRun();
    const request = again(messageOf(run, 'queue-b', 1), 500);
    const position = { sequence: 1, previous: null, skipped: '' };
    Object.assign(request, { endPoint: 'http://elsewhere/', position });
    run.received.push(request);
    run.repeats.push({ queue: 'queue-b', messageId: 'b-1', at: START, kind: 'replay' });

    expect(kindsOf(run)).toEqual([]);
  });
});
