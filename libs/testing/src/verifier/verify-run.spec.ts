import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.js';
import { again, messageOf, sampleRun, START, swapTimes, unnumbered } from './sample-run.js';
import type { SampleRun } from './sample-run.js';
import { VERDICT_KINDS, type VerdictKind } from './verdict.js';
import { verifyRun } from './verify-run.js';

/** One change of a run in which all is well, which has to be found. */
type Doctor = (run: SampleRun) => void;

const change =
  (queue: string, seq: number, how: (request: ReturnType<typeof messageOf>) => void): Doctor =>
  (run) =>
    how(messageOf(run, queue, seq));

const leave =
  (how: Partial<SampleRun['tables']['queues'][number]>): Doctor =>
  ({ tables }) => {
    Object.assign(tables.queues[1] ?? {}, how);
  };

const DOCTORED: Readonly<Record<VerdictKind, Doctor>> = {
  lost: (run) => {
    run.received.splice(run.received.indexOf(messageOf(run, 'queue-b', 2)), 1);
  },
  never_accepted: (run) => {
    const request = { ...again(messageOf(run, 'queue-c', 2), 500), position: null };
    const invented = { messageId: 'invented', bodyDigest: digestOf('invented') };
    if (request.envelope) Object.assign(request.envelope, invented);
    run.received.push(request);
  },
  dead_lettered: ({ tables }) => {
    const position = { topic: 'order.created', partition: 0, offset: 0 };
    tables.deadLetters.push({ ...position, reason: 'x', receivedAt: START, isRedriven: false });
  },
  second_message_id: (run) => {
    const request = { ...again(messageOf(run, 'queue-c', 2), 500), position: null };
    if (request.envelope) request.envelope.messageId = 'second';
    run.received.push(request);
  },
  out_of_order: (run) => {
    unnumbered(run);
    swapTimes(messageOf(run, 'queue-b', 1), messageOf(run, 'queue-b', 2));
  },
  stored_out_of_order: (run) => {
    unnumbered(run);
    const rows = run.tables.messages.filter(({ queue }) => queue === 'queue-b');
    rows.forEach((row, index) => Object.assign(row, { seq: 2 - index }));
  },
  overtaken: (run) => {
    unnumbered(run);
    swapTimes(messageOf(run, 'queue-a', 2), messageOf(run, 'queue-a', 3));
  },
  position_gap: ({ tables }) => {
    tables.messages.splice(1, 1);
  },
  overlap: (run) => {
    messageOf(run, 'queue-a', 1).endedAt = messageOf(run, 'queue-a', 2).startedAt + 1;
  },
  unexplained_duplicate: (run) => {
    run.received.push(again(messageOf(run, 'queue-b', 2), 50));
  },
  too_many_duplicates: (run) => {
    const at = START + 210;
    run.faults.push({ kind: 'crash', from: at, to: at, duplicates: 1 });
    for (const seq of [1, 2]) run.received.push(again(messageOf(run, 'queue-b', seq), 500));
  },
  changed_bytes: change('queue-a', 4, ({ envelope }) => {
    if (envelope) envelope.bodyDigest = digestOf('changed');
  }),
  unstable_bytes: change('queue-c', 1, (request) => {
    request.digest = digestOf('the attempt that was refused had other bytes');
  }),
  not_an_envelope: ({ received }) => {
    for (const request of received) if (request.status === 500) request.envelope = null;
  },
  wrong_signature: change('queue-a', 4, (request) => {
    request.isSigned = false;
  }),
  wrong_type: change('queue-c', 2, ({ envelope }) => {
    if (envelope) envelope.type = 'order/cancelled';
  }),
  foreign_organization: change('queue-a', 4, ({ envelope }) => {
    if (envelope) envelope.organizationId = 'org-2';
  }),
  wrong_webhook: change('queue-b', 2, (request) => {
    request.endPoint = 'http://receiver/c-all';
  }),
  wrong_sequence: change('queue-b', 2, ({ position }) => {
    if (position) position.sequence = 9;
  }),
  broken_chain: change('queue-b', 2, ({ position }) => {
    if (position) position.previous = 0;
  }),
  left_blocked: leave({ status: 'BLOCKED', isLocked: true, head: 2 }),
  left_locked: leave({ isLocked: true }),
  left_behind: leave({ head: 2 }),
};

const kindsOf = (run: SampleRun): VerdictKind[] => verifyRun(run).verdicts.map(({ kind }) => kind);

describe('verifyRun', () => {
  it('has nothing to say of a run in which all is well, and says how much it has seen', () => {
    const { verdicts, counts } = verifyRun(sampleRun());

    expect(verdicts).toEqual([]);
    expect(counts).toEqual({
      produced: 8,
      expected: 12,
      delivered: 12,
      excused: 0,
      requests: 13,
      failedRequests: 1,
      duplicates: { explained: {}, unexplained: 0 },
      explainedOverlaps: 0,
    });
    expect(verifyRun(unnumbered(sampleRun())).verdicts).toEqual([]);
  });

  it.each(Object.keys(VERDICT_KINDS) as VerdictKind[])('finds %s, and nothing else', (kind) => {
    const run = sampleRun();
    DOCTORED[kind](run);

    expect(kindsOf(run)).toEqual([kind]);
  });
});
