import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.js';
import { again, messageOf, sampleRun, START, unnumbered, type SampleRun } from './sample-run.js';
import { verifyRun } from './verify-run.js';

const kindsOf = (run: SampleRun, isAtRest = true) =>
  verifyRun(run, { isAtRest }).verdicts.map(({ kind }) => kind);

/** The last message of queue-b did not arrive; positions that are told of the others stay true. */
function withoutLast(): SampleRun {
  const run = sampleRun();
  run.received.splice(run.received.indexOf(messageOf(run, 'queue-b', 2)), 1);
  return run;
}

const rowsOfB = ({ tables }: SampleRun) =>
  tables.messages.filter(({ queue }) => queue === 'queue-b');

describe('a message that did not arrive', () => {
  it('is lost, and told with what the service thinks of it', () => {
    const run = withoutLast();
    const lost = { kind: 'lost', queue: 'queue-b', messageId: 'b-2', at: START + 5 };
    const text = 'order.updated/0/1 never reached webhook b-updated: ';
    const delivered = `${text}the service counts it as delivered at 2`;
    expect(verifyRun(run).verdicts).toEqual([{ ...lost, text: delivered }]);

    run.tables.messages = run.tables.messages.filter(({ messageId }) => messageId !== 'b-2');
    for (const row of run.tables.queues) if (row.queue === 'queue-b') row.tail = 1;
    expect(verifyRun(run).verdicts).toEqual([
      { ...lost, messageId: null, text: `${text}it is not stored` },
    ]);
  });

  it('is lost where it was never answered 2xx completely', () => {
    for (const status of [500, 302, null]) {
      const run = sampleRun();
      messageOf(run, 'queue-b', 2).status = status;
      expect(kindsOf(run)).toEqual(['lost']);
    }
  });

  it('is excused where it was set aside, and where it waits', () => {
    const aside = withoutLast();
    aside.tables.setAside.push({ queue: 'queue-b', seq: 2, verdict: 'PARKED' });
    expect(verifyRun(aside)).toMatchObject({ verdicts: [], counts: { delivered: 11, excused: 1 } });

    const waiting = withoutLast();
    for (const row of waiting.tables.queues) if (row.queue === 'queue-b') row.head = 2;
    expect(kindsOf(waiting)).toEqual(['left_behind']);
    expect(kindsOf(waiting, false)).toEqual([]);
  });

  it('may still be on its way to the tables while the run goes on', () => {
    const run = withoutLast();
    run.tables.messages = run.tables.messages.filter(({ messageId }) => messageId !== 'b-2');
    for (const row of run.tables.queues) if (row.queue === 'queue-b') row.tail = 1;

    expect(kindsOf(run, false)).toEqual([]);
  });
});

describe('a record that can become no message', () => {
  const poison = (run: SampleRun) => run.produced.at(-1);

  it('is lost when it is no dead letter', () => {
    const run = sampleRun();
    run.tables.deadLetters.pop();

    expect(verifyRun(run).verdicts).toMatchObject([
      { kind: 'lost', queue: null, text: expect.stringContaining('is no dead letter') },
    ]);
  });

  it('may become a message where either is right, but is not lost then', () => {
    const run = sampleRun();
    Object.assign(poison(run) ?? {}, { expectation: 'any' });
    expect(kindsOf(run)).toEqual([]);

    run.tables.deadLetters.pop();
    expect(kindsOf(run)).toEqual(['lost', 'lost']);
  });

  it('is never accepted when it became one', () => {
    const run = unnumbered(sampleRun());
    const record = poison(run);
    const request = again(messageOf(run, 'queue-a', 8), 500);
    if (request.envelope === null || record === undefined) throw new Error('nothing to change');
    Object.assign(request.envelope, { messageId: 'x', bodyDigest: record.valueDigest });
    run.received.push(request);

    expect(kindsOf(run)).toEqual(['never_accepted']);
  });
});

describe('a message that no acknowledgement explains', () => {
  /** One more message at the end of queue-b, delivered. */
  function oneMore(origin = 'event'): SampleRun {
    const run = sampleRun();
    const request = { ...again(messageOf(run, 'queue-b', 2), 500), position: null };
    const [, last] = rowsOfB(run);
    if (request.envelope === null || last === undefined) throw new Error('nothing to change');
    const added = { messageId: 'added', bodyDigest: digestOf('added') };
    Object.assign(request.envelope, added);
    run.received.push(request);
    run.tables.messages.push({ ...last, ...added, seq: 3, offset: 2, origin });
    for (const row of run.tables.queues) {
      if (row.queue === 'queue-b') Object.assign(row, { head: 4, tail: 3 });
    }
    return run;
  }

  it('was invented', () => {
    expect(verifyRun(oneMore()).verdicts).toMatchObject([
      {
        kind: 'never_accepted',
        queue: 'queue-b',
        messageId: 'added',
        text: 'no acknowledged record stands at order/updated/0/2 (position 3)',
      },
    ]);
  });

  it('is explained by a record of which the producer does not know', () => {
    const run = oneMore();
    const unknown = { organizationId: 'org-1', valueDigest: digestOf('added') };
    run.uncertain.push({ ...unknown, topic: 'order.created' });
    expect(kindsOf(run)).toEqual(['never_accepted']);

    run.uncertain.push({ ...unknown, topic: 'order.updated' });
    expect(kindsOf(run)).toEqual([]);
  });

  it('is no second message of a record whose position a test event happens to have', () => {
    const run = oneMore('test');
    const row = run.tables.messages.at(-1);
    if (row) row.offset = 1;
    run.repeats.push({ queue: 'queue-b', messageId: 'added', at: START, kind: 'test' });

    expect(kindsOf(run)).toEqual([]);
  });

  it('may have bytes that another topic had, too', () => {
    const run = sampleRun();
    run.tables.messages = [];
    for (const row of run.tables.queues) Object.assign(row, { head: 1, tail: 0 });
    const [created, updated] = run.produced;
    if (created === undefined || updated === undefined) throw new Error('nothing to change');
    for (const { envelope } of run.received) {
      if (envelope?.bodyDigest === updated.valueDigest) envelope.bodyDigest = created.valueDigest;
    }
    updated.valueDigest = created.valueDigest;

    expect(kindsOf(run)).toEqual([]);
  });

  it('need not be delivered where the producer does not know of it', () => {
    const run = sampleRun();
    const topic = 'order.updated';
    run.uncertain.push({ topic, organizationId: 'org-1', valueDigest: digestOf('never arrived') });

    expect(kindsOf(run)).toEqual([]);
  });

  it.each(['test', 'replay', 'requeue'] as const)(
    'is explained by a %s that was asked for',
    (kind) => {
      const run = oneMore(kind);
      expect(kindsOf(run)).toEqual(['never_accepted']);

      run.repeats.push({ queue: 'queue-b', messageId: 'added', at: START, kind });
      expect(kindsOf(run)).toEqual([]);
    },
  );
});
