import { describe, expect, it } from 'vitest';
import { again, messageOf, sampleRun, START, type SampleRun } from './sample-run.js';
import { verifyRun } from './verify-run.js';

const kindsOf = (run: SampleRun) =>
  verifyRun(run, { marginMs: 50 }).verdicts.map(({ kind }) => kind);

/** The refused attempt of queue-c was cut off instead, so many ms after the next one began. */
function cutLate(ms: number): SampleRun {
  const run = sampleRun();
  const refused = run.received.find(({ status }) => status === 500);
  Object.assign(refused ?? {}, { status: null, endedAt: START + 100 + ms });
  return run;
}

describe('two requests of a queue', () => {
  it('may touch, but not run at the same time', () => {
    const run = sampleRun();
    const [first, second] = [messageOf(run, 'queue-a', 1), messageOf(run, 'queue-a', 2)];
    first.endedAt = second.startedAt;
    expect(kindsOf(run)).toEqual([]);

    first.endedAt = second.startedAt + 0.5;
    expect(verifyRun(run).verdicts).toEqual([
      {
        kind: 'overlap',
        queue: 'queue-a',
        messageId: 'a-2',
        at: START + 200,
        text: 'began 0.5 ms before the request of a-1 had ended',
      },
    ]);
  });

  it('may seem to where the receiver hears a little late that the first one was given up', () => {
    expect(kindsOf(cutLate(20))).toEqual([]);
    expect(kindsOf(cutLate(21))).toEqual(['overlap']);
  });

  it('overlap when the first one never ends', () => {
    const run = sampleRun();
    const refused = run.received.find(({ status }) => status === 500);
    Object.assign(refused ?? {}, { status: null, endedAt: null });

    expect(kindsOf(run)).toEqual(['overlap', 'overlap']);
  });

  it.each([
    ['pause', ['queue-c'], 0, 10, []],
    ['pause', ['queue-a'], 0, 10, ['overlap']],
    ['pause', undefined, -10, -1, ['overlap']],
    ['pause', undefined, 151, 160, ['overlap']],
    ['connection_cut', undefined, 150, 160, []],
    ['crash', undefined, 0, 100, ['overlap']],
    ['database_outage', undefined, 0, 100, ['overlap']],
  ])('may overlap by a %s of %s from %d to %d ms: %j', (kind, queues, from, to, kinds) => {
    const run = cutLate(90);
    const fault = { kind, from: START + from, to: START + to };
    run.faults.push(queues ? { ...fault, queues } : fault);

    expect(kindsOf(run)).toEqual(kinds);
    expect(verifyRun(run, { marginMs: 50 }).counts.explainedOverlaps).toBe(kinds.length ? 0 : 1);
  });

  it('are overtaken, too, where the overlap is explained and the first was not delivered yet', () => {
    const run = sampleRun();
    messageOf(run, 'queue-a', 2).endedAt = START + 305;
    run.faults.push({ kind: 'connection_cut', from: START + 250, to: START + 260 });

    expect(kindsOf(run)).toEqual(['overtaken']);
  });

  it('of one message may overlap by a pause: a late one is a duplicate and overtakes nobody', () => {
    const run = sampleRun();
    const late = again(messageOf(run, 'queue-a', 2), 195);
    run.received.push(late);
    run.faults.push({ kind: 'pause', from: START + 150, to: START + 394 });

    const { verdicts, counts } = verifyRun(run);
    expect(verdicts).toEqual([]);
    expect(counts.explainedOverlaps).toBe(1);
    expect(counts.duplicates).toEqual({ explained: { pause: 1 }, unexplained: 0 });
  });
});
