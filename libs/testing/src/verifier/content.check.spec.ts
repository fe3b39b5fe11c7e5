import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.js';
import { again, messageOf, sampleRun, START, unnumbered, type SampleRun } from './sample-run.js';
import { verifyRun } from './verify-run.js';

type SampleRow = SampleRun['tables']['messages'][number];

const verdictsOf = (run: SampleRun) =>
  verifyRun(run).verdicts.map(({ kind, messageId, text }) => ({ kind, messageId, text }));

/** One more row at the end of queue-b, which waits there: it is of no interest that it does. */
function stored(change: Partial<SampleRow>): SampleRun {
  const run = sampleRun();
  const last = run.tables.messages.find(({ messageId }) => messageId === 'b-2');
  if (last === undefined) throw new Error('nothing to change');
  run.tables.messages.push({ ...last, messageId: 'added', seq: 3, ...change });
  for (const row of run.tables.queues) if (row.queue === 'queue-b') row.tail = 3;
  return run;
}

function judgeStored(change: Partial<SampleRow>) {
  const { verdicts } = verifyRun(stored(change), { isAtRest: false });
  return verdicts.filter(({ messageId }) => messageId === 'added').map(({ kind }) => kind);
}

describe('what is stored', () => {
  it('is right even where it was never sent', () => {
    // The same record for the same webhook once more.
    expect(judgeStored({})).toEqual(['second_message_id']);
    expect(judgeStored({ webhookId: 'unknown' })).toEqual(['wrong_webhook']);
    expect(judgeStored({ bodyDigest: digestOf('changed') })).toContain('changed_bytes');
  });

  it('is for a webhook of the organization of the record, and of its type', () => {
    // created/0/1 is of org-2, and queue-b has webhooks for org-1's updated alone.
    const foreign = { type: 'order/created', partition: 0, offset: 1 };
    const { valueDigest } = sampleRun().produced[2] ?? { valueDigest: '' };

    expect(judgeStored({ ...foreign, bodyDigest: valueDigest })).toEqual([
      'foreign_organization',
      'wrong_webhook',
    ]);
  });

  it('is in the queue of its webhook', () => {
    const run = sampleRun();
    for (const row of run.tables.messages) {
      if (row.queue === 'queue-b') row.queue = 'queue-x';
    }
    const queue = run.tables.queues.find((row) => row.queue === 'queue-b');
    if (queue) queue.queue = 'queue-x';

    expect(verdictsOf(run)).toEqual([
      expect.objectContaining({ kind: 'wrong_webhook', messageId: 'b-1' }),
      expect.objectContaining({ kind: 'wrong_webhook', messageId: 'b-2' }),
    ]);
  });
});

describe('what was sent', () => {
  it('is told once for a message, however often it was sent', () => {
    const run = sampleRun();
    for (const { envelope } of run.received) {
      if (envelope?.messageId === 'c-1') envelope.bodyDigest = digestOf('changed');
    }

    expect(verdictsOf(run)).toEqual([
      {
        kind: 'changed_bytes',
        messageId: 'c-1',
        text: 'the body that was sent is not that of order.created/0/1',
      },
    ]);
  });

  it.each([
    ['unknown', 'there is no webhook unknown'],
    ['a-created', 'sent for webhook a-created, it is of a-all'],
  ])('is for the webhook of the message, not for %s', (webhookId, text) => {
    const run = unnumbered(sampleRun());
    const request = messageOf(run, 'queue-a', 1);
    request.endPoint = `http://receiver/${webhookId}`;
    if (request.envelope) request.envelope.webhookId = webhookId;

    expect(verdictsOf(run)).toEqual([{ kind: 'wrong_webhook', messageId: 'a-1', text }]);
  });

  it('may go elsewhere by a replay that was asked for, and not by a requeue', () => {
    const judge = (kind: 'replay' | 'requeue') => {
      const run = sampleRun();
      const request = { ...again(messageOf(run, 'queue-b', 2), 500), position: null };
      run.received.push({ ...request, endPoint: 'http://elsewhere/' });
      run.repeats.push({ queue: 'queue-b', messageId: 'b-2', at: START + 600, kind });
      return verdictsOf(run).map((verdict) => verdict.kind);
    };

    expect(judge('replay')).toEqual([]);
    expect(judge('requeue')).toEqual(['wrong_webhook']);
  });
});
