import { describe, expect, it } from 'vitest';
import { again, messageOf, sampleRun, START, swapTimes, unnumbered } from './sample-run.js';
import type { SampleRun } from './sample-run.js';
import { verifyRun } from './verify-run.js';

const kindsOf = (run: SampleRun) => verifyRun(run).verdicts.map(({ kind }) => kind);

/** queue-a: 1 and 2 are created/0/0, 3 updated/0/0, 4 and 5 created/1/0, 6 updated/0/1, 7 and 8 created/0/2. */
function queueA(): SampleRun {
  return unnumbered(sampleRun());
}

function move(run: SampleRun, seq: number, toMs: number): void {
  const request = messageOf(run, 'queue-a', seq);
  Object.assign(request, { startedAt: START + toMs, endedAt: START + toMs + 5 });
}

describe('the order of first deliveries', () => {
  it('is told by the message that was passed, the first that passed it, and how many did', () => {
    const run = queueA();
    move(run, 3, 5_000);

    expect(verifyRun(run).verdicts).toEqual([
      {
        kind: 'overtaken',
        queue: 'queue-a',
        messageId: 'a-3',
        at: START + 400,
        text:
          'a-4 at position 4 of order.created/1/0 went before ' +
          'a-3 at position 3 of order.updated/0/0, and so did 3 more',
      },
      expect.objectContaining({ kind: 'out_of_order', at: START + 600 }),
    ]);
  });

  it('is told once for a message that went before all others', () => {
    const run = queueA();
    move(run, 5, 50);

    expect(kindsOf(run)).toEqual(['overtaken']);
  });

  it('is broken by a request, whatever its answer was', () => {
    const run = queueA();
    const early = { ...again(messageOf(run, 'queue-a', 4), -150), status: 500 };
    run.received.push(early);

    expect(kindsOf(run)).toEqual(['overtaken']);
  });

  it('is free between webhooks of one record for the producer, but not for the queue', () => {
    const run = queueA();
    swapTimes(messageOf(run, 'queue-a', 1), messageOf(run, 'queue-a', 2));
    expect(kindsOf(run)).toEqual(['overtaken']);

    const rows = run.tables.messages.filter(({ queue, seq }) => queue === 'queue-a' && seq < 3);
    for (const row of rows) row.seq = 3 - row.seq;
    expect(kindsOf(run)).toEqual([]);
  });

  it('is decided by first deliveries: what comes again comes late', () => {
    const run = queueA();
    run.received.push(again(messageOf(run, 'queue-a', 1), 450));
    run.faults.push({ kind: 'pause', from: START + 100, to: START + 540 });

    expect(kindsOf(run)).toEqual([]);
  });

  it('is decided by the answer that came first, also of a request that began later', () => {
    const run = queueA();
    const first = messageOf(run, 'queue-a', 2);
    run.received.push({ ...again(first, 50) });
    first.endedAt = START + 350;
    run.faults.push({ kind: 'pause', from: START + 205, to: START + 340 });

    expect(kindsOf(run)).toEqual([]);
  });

  it('leaves out what was set aside or discarded', () => {
    for (const isDiscarded of [true, false]) {
      const run = queueA();
      move(run, 3, 5_000);
      const place = { queue: 'queue-a', seq: 3 };
      const attempt = {
        attempt: 1,
        startedAt: START,
        durationMs: 0,
        statusCode: null,
        error: null,
      };
      if (isDiscarded) run.tables.attempts.push({ ...place, ...attempt, outcome: 'discarded' });
      else run.tables.setAside.push({ ...place, verdict: 'REQUEUED' });

      expect(kindsOf(run)).toEqual([]);
    }
  });

  it('is broken where a message still waits and one behind it was sent', () => {
    const run = queueA();
    run.received.splice(run.received.indexOf(messageOf(run, 'queue-a', 7)), 1);
    const [row] = run.tables.queues;
    if (row) row.head = 7;

    expect(verifyRun(run, { isAtRest: false }).verdicts).toMatchObject([
      { kind: 'overtaken', messageId: 'a-7', at: START + 800 },
    ]);
  });
});

describe('positions', () => {
  const redrive = (run: SampleRun, isRedriven: boolean) =>
    run.tables.deadLetters.push({
      topic: 'order.updated',
      partition: 0,
      offset: 0,
      reason: 'location_unknown',
      receivedAt: START,
      isRedriven,
    });

  it('are out of order for a dead letter that was stored late, unless it was re-driven', () => {
    for (const isRedriven of [true, false]) {
      const run = queueA();
      for (const record of run.produced) record.expectation = 'any';
      redrive(run, isRedriven);
      const stored = run.tables.messages.filter(({ queue }) => queue === 'queue-b');
      stored.forEach((row, index) => Object.assign(row, { seq: 2 - index }));
      swapTimes(messageOf(run, 'queue-b', 1), messageOf(run, 'queue-b', 2));

      expect(kindsOf(run)).toEqual(isRedriven ? [] : ['out_of_order']);
    }
  });
});
