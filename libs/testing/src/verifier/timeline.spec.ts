import { expect, it, describe } from 'vitest';
import { reportText } from './report-text.js';
import { again, messageOf, sampleRun, START, type SampleRun } from './sample-run.js';
import { timelineAround } from './timeline.js';
import { verifyRun } from './verify-run.js';

/** The second message of queue-b comes again at 700 ms; there was a fault, but of another queue. */
function troubledRun(): SampleRun {
  const run = sampleRun();
  run.received.push(again(messageOf(run, 'queue-b', 2), 500));
  const cut = { ...again(messageOf(run, 'queue-b', 1), -40), status: null };
  run.received.push(cut, {
    ...again(messageOf(run, 'queue-b', 2), 650),
    status: null,
    endedAt: null,
  });
  const attempt = { queue: 'queue-b', seq: 1, attempt: 1, startedAt: START + 55, durationMs: 14 };
  const outcome = { outcome: 'unreachable', statusCode: null, error: 'socket closed' };
  const repaired = { outcome: 'delivered', statusCode: 200, error: null };
  run.tables.attempts.push(
    { ...attempt, ...outcome },
    { ...attempt, ...repaired, attempt: 2, startedAt: START + 101 },
    { ...attempt, ...repaired, queue: 'queue-a' },
  );
  run.faults.push(
    { kind: 'stop', from: START + 220, to: START + 900, detail: 'replica 2' },
    { kind: 'crash', from: START + 230, to: START + 230, queues: ['queue-a'] },
    { kind: 'rebalance', from: START + 221, to: START + 221 },
  );
  run.notes.push(
    { at: START + 650, queue: null, text: 'replica 3 joined' },
    { at: START + 650, queue: 'queue-a', text: 'of another queue' },
  );
  return run;
}

describe('timelineAround', () => {
  it('tells what happened to a queue', () => {
    const run = troubledRun();
    const [verdict] = verifyRun(run, { marginMs: 10 }).verdicts;
    if (verdict === undefined) throw new Error('The run has no verdict');

    expect(timelineAround(run, verdict)).toBe(
      `queue queue-b, 3000 ms before to 3000 ms after
+0.001 s  produced order.updated/0/0
+0.005 s  produced order.updated/0/1
+0.055 s  attempt  position 1 #1 unreachable - in 14 ms (socket closed)
+0.060 s  request  position 1 order/updated/0/0 b-1 → cut off at +0.070 s, 10.0 ms
+0.100 s  request  position 1 order/updated/0/0 b-1 → 200 at +0.110 s, 10.0 ms
+0.101 s  attempt  position 1 #2 delivered 200 in 14 ms
+0.200 s  request  position 2 order/updated/0/1 b-2 → 200 at +0.210 s, 10.0 ms
+0.220 s  fault    stop until +0.900 s (replica 2)
+0.221 s  fault    rebalance
+0.650 s  note     replica 3 joined
+0.700 s  request  position 2 order/updated/0/1 b-2 → 200 at +0.710 s, 10.0 ms
+0.700 s  >>>>>>>> unexplained_duplicate: b-2 came again 490.0 ms after its answer 200: no fault explains it
+0.850 s  request  position 2 order/updated/0/1 b-2 → open`,
    );
  });

  it('leaves out what is far away, but nothing of the message itself', () => {
    const run = troubledRun();
    const [verdict] = verifyRun(run).verdicts;
    if (verdict === undefined) throw new Error('The run has no verdict');
    const outcome = { outcome: 'delivered', statusCode: 200, error: null };
    const attempt = { queue: 'queue-b', seq: 2, attempt: 1, startedAt: START + 155, durationMs: 9 };
    run.tables.attempts.push({ ...attempt, ...outcome });
    const around = { beforeMs: 60, afterMs: 0, startedAt: START - 1_000 };

    expect(timelineAround(run, verdict, around).split('\n').slice(1)).toEqual([
      expect.stringMatching(/^\+1.155 s {2}attempt {2}position 2/),
      expect.stringMatching(/^\+1.200 s {2}request {2}position 2/),
      expect.stringMatching(/^\+1.220 s {2}fault {4}stop until \+1.900 s/),
      expect.stringMatching(/^\+1.650 s {2}note/),
      expect.stringMatching(/^\+1.700 s {2}request/),
      expect.stringMatching(/^\+1.700 s {2}>>>>>>>>/),
      expect.stringMatching(/^\+1.850 s {2}request {2}position 2/),
    ]);
    expect(timelineAround(run, verdict, { maxLines: 2 }).split('\n').slice(1)).toEqual([
      expect.stringMatching(/^\+0.700 s {2}request/),
      expect.stringMatching(/^\+0.700 s {2}>>>>>>>>/),
      '12 lines farther away are left out',
    ]);
  });

  it('tells the position that a request names, else the first one of its message', () => {
    const run = troubledRun();
    const row = run.tables.messages.find(({ messageId }) => messageId === 'b-2');
    if (row) run.tables.messages.push({ ...row, seq: 3, origin: 'replay' });
    const [first, second] = run.received.filter(({ envelope }) => envelope?.messageId === 'b-2');
    Object.assign(first ?? {}, { position: null });
    Object.assign(second ?? {}, { position: { sequence: 3, previous: 2, skipped: '' } });
    const [verdict] = verifyRun(run).verdicts;
    if (verdict === undefined) throw new Error('The run has no verdict');

    expect(timelineAround(run, verdict).match(/position \d \S+ b-2/g)).toEqual([
      'position 2 order/updated/0/1 b-2',
      'position 3 order/updated/0/1 b-2',
      'position 2 order/updated/0/1 b-2',
    ]);
  });

  it('tells everything for a verdict that is of no queue', () => {
    const run = troubledRun();
    const verdict = { kind: 'dead_lettered', queue: null, messageId: null, text: 'x' } as const;
    const text = timelineAround(run, { ...verdict, at: START });

    for (const each of ['a-1', 'b-1', 'c-1', 'crash', 'of another queue']) {
      expect(text).toContain(each);
    }
  });
});

describe('reportText', () => {
  it('says what was counted, and the first verdict of every kind', () => {
    const run = troubledRun();
    run.faults.push({ kind: 'pause', from: START + 840, to: START + 860 });

    expect(reportText(verifyRun(run, { marginMs: 10 }))).toBe(
      `8 records, 12 deliveries due: 12 delivered, 0 excused
16 requests, 3 of them not answered 2xx; duplicates: 1 by pause, 1 unexplained; 0 overlaps explained
1 × unexplained_duplicate (sent again after a complete 2xx, and no fault explains it); the first: queue queue-b, message b-2: came again 490.0 ms after its answer 200: no fault explains it`,
    );
    expect(reportText(verifyRun(sampleRun()))).toMatch(/no verdicts$/);
  });
});
