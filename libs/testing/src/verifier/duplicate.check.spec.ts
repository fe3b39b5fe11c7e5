import { describe, expect, it } from 'vitest';
import { again, messageOf, sampleRun, START, type SampleRun } from './sample-run.js';
import type { VerifierOptions } from './verifier-input.js';
import { verifyRun } from './verify-run.js';

/** The last message of queue-b: requested from 200 to 210 ms after the start. */
const SEQ = 2;
const REPEATED_AFTER = 3_000;
const MARGIN = { marginMs: 100 };

function repeatedRun(times = 1): SampleRun {
  const run = sampleRun();
  const request = messageOf(run, 'queue-b', SEQ);
  for (let n = 1; n <= times; n++) run.received.push(again(request, n * REPEATED_AFTER));
  return run;
}

function judge(run: SampleRun, options: VerifierOptions = MARGIN) {
  const { verdicts, counts } = verifyRun(run, options);
  return { kinds: verdicts.map(({ kind }) => kind), ...counts.duplicates };
}

const explained = (kind: string, n = 1) => ({
  kinds: [],
  explained: { [kind]: n },
  unexplained: 0,
});
const UNEXPLAINED = { kinds: ['unexplained_duplicate'], explained: {}, unexplained: 1 };

describe('a message that comes again after a complete 2xx', () => {
  it('is unexplained without a fault, and is told with queue, message and time', () => {
    expect(verifyRun(repeatedRun()).verdicts).toEqual([
      {
        kind: 'unexplained_duplicate',
        queue: 'queue-b',
        messageId: 'b-2',
        at: START + 200 + REPEATED_AFTER,
        text: 'came again 2990.0 ms after its answer 200: no fault explains it',
      },
    ]);
  });

  it.each([
    ['just before the first request', 100, 100, true],
    ['earlier', 99, 99, false],
    ['between the two', 1_000, 1_001, true],
    ['just after the repetition', 3_300, 3_400, true],
    ['later', 3_301, 3_400, false],
    ['before and beyond both', 0, 9_000, true],
  ])('and a crash %s', (_, from, to, isExplained) => {
    const run = repeatedRun();
    run.faults.push({ kind: 'crash', from: START + from, to: START + to });

    expect(judge(run)).toEqual(isExplained ? explained('crash') : UNEXPLAINED);
  });

  it.each(['stop', 'rebalance', 'broker_outage'])('is not explained by a %s', (kind) => {
    const run = repeatedRun();
    run.faults.push({ kind, from: START, to: START + 9_000 });

    expect(judge(run)).toEqual(UNEXPLAINED);
  });

  it('is explained by a fault that touched its queue alone', () => {
    const run = repeatedRun();
    const fault = { kind: 'pause', from: START, to: START + 9_000 };
    run.faults.push({ ...fault, queues: ['queue-a', 'queue-c'] });
    expect(judge(run)).toEqual(UNEXPLAINED);

    run.faults.push({ ...fault, queues: ['queue-b'] });
    expect(judge(run)).toEqual(explained('pause'));
  });

  it('may be explained by a kind of fault of the suite, and by no kind that nobody knows', () => {
    const run = repeatedRun();
    run.faults.push({ kind: 'disk_full', from: START, to: START + 9_000 });

    expect(() => judge(run)).toThrow('No effect is known of the fault disk_full');
    const effects = { disk_full: { repeats: true, overlaps: false } };
    expect(judge(run, { ...MARGIN, effects })).toEqual(explained('disk_full'));
  });

  it('is no duplicate where the first request was refused, cut off or is still open', () => {
    for (const failed of [{ status: 500 }, { status: null }, { status: null, endedAt: null }]) {
      const run = repeatedRun();
      const first = messageOf(run, 'queue-b', SEQ);
      Object.assign(first, failed);
      // An open request would overlap with what follows.
      const kinds = failed.endedAt === null ? ['overlap'] : [];

      expect(judge(run)).toEqual({ kinds, explained: {}, unexplained: 0 });
    }
  });

  it('is one duplicate however often the repetition is refused', () => {
    const run = repeatedRun(3);
    for (const request of run.received.slice(-3, -1)) request.status = 503;

    expect(judge(run)).toEqual(UNEXPLAINED);
  });
});

describe('a message that an operator asked for', () => {
  const ask = (run: SampleRun, at: number) =>
    run.repeats.push({
      queue: 'queue-b',
      messageId: 'b-2',
      at: START + at,
      kind: 'replay',
    });

  it('may come again once each time, and not before', () => {
    const run = repeatedRun(2);
    ask(run, 1_000);
    expect(judge(run)).toEqual({ ...UNEXPLAINED, explained: { operator: 1 } });

    ask(run, 6_301);
    expect(judge(run)).toEqual({ ...UNEXPLAINED, explained: { operator: 1 } });

    ask(run, 6_300);
    expect(judge(run)).toEqual(explained('operator', 2));
  });
});

describe('what a fault may repeat', () => {
  const crash = (at: number, more = {}) => ({
    kind: 'crash',
    from: START + at,
    to: START + at,
    ...more,
  });

  /** Both messages of queue-b and one of queue-a, all answered before 1,000 and repeated after. */
  function threeRepeated(): SampleRun {
    const run = sampleRun();
    const requests = [1, 2].map((seq) => messageOf(run, 'queue-b', seq));
    run.received.push(...requests.map((request) => again(request, 2_000)));
    run.received.push(again(messageOf(run, 'queue-a', 6), 2_000));
    return run;
  }

  it('is counted by queue', () => {
    const run = threeRepeated();
    run.faults.push(crash(1_000));

    expect(judge(run, { ...MARGIN, duplicatesPerFault: 2 })).toEqual(explained('crash', 3));
    expect(judge(run, { ...MARGIN, duplicatesPerFault: 1 })).toEqual({
      kinds: ['too_many_duplicates'],
      explained: { crash: 2 },
      unexplained: 1,
    });
  });

  it('may be told for one fault, and two faults may repeat twice as many', () => {
    const run = threeRepeated();
    run.faults.push(crash(1_000, { duplicates: 1 }), crash(1_500, { duplicates: 1 }));
    expect(judge(run)).toEqual(explained('crash', 3));

    run.faults.pop();
    expect(judge(run).kinds).toEqual(['too_many_duplicates']);
  });

  it('is counted by message: the same one may come more than once', () => {
    const run = repeatedRun(3);
    run.faults.push({ kind: 'connection_cut', from: START, to: START + 9_000, duplicates: 1 });

    expect(judge(run)).toEqual(explained('connection_cut', 3));
  });

  it('leaves later faults for later repetitions', () => {
    const run = repeatedRun(2);
    run.faults.push({ kind: 'pause', from: START, to: START + 9_000, duplicates: 1 });
    run.faults.push(crash(1_000, { duplicates: 1 }));

    expect(judge(run)).toEqual({
      kinds: [],
      explained: { crash: 1, pause: 1 },
      unexplained: 0,
    });
  });
});
