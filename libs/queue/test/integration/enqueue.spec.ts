import { randomUUID } from 'node:crypto';
import type { DeadLetter, KafkaRecord } from '@app/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewMessage } from '../../src/ingest-batch.js';
import { messageFor, messagesFor, QueueFixture, settleOne } from '../queue-fixture.js';

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

const deadLetter = (change: Partial<KafkaRecord> = {}): DeadLetter => ({
  kind: 'dead_letter',
  record: {
    topic: `topic-${randomUUID()}`,
    partition: 1,
    offset: '9007199254740993',
    timestamp: '-1',
    key: Buffer.from([0, 255]),
    value: Buffer.from('not json \0'),
    headers: { one: Buffer.from([0, 1]), 'two\0': ['a', Buffer.from('b')], none: undefined },
    ...change,
  },
  reason: 'not_json',
  detail: 'unexpected "\0"',
});

describe('messages that are enqueued', () => {
  it('are numbered from 1 in the order in which they came, for each queue by itself', async () => {
    const [a, b] = [await fixture.queue(), await fixture.queue()];
    await fixture.enqueue([
      messageFor(b, 'b1'),
      messageFor(a, 'a1'),
      messageFor(a, 'a2'),
      messageFor(b, 'b2'),
      messageFor(a, 'a3'),
    ]);
    await fixture.enqueue([messageFor(a, 'a4'), messageFor(b, 'b3')]);
    expect(await fixture.stored(a)).toEqual({
      seqs: [1, 2, 3, 4],
      bodies: ['a1', 'a2', 'a3', 'a4'],
    });
    expect(await fixture.stored(b)).toEqual({ seqs: [1, 2, 3], bodies: ['b1', 'b2', 'b3'] });
    expect(await fixture.row(a)).toMatchObject({ head_seq: '1', tail_seq: '4', status: 'HEALTHY' });
  });

  it('keep their order in a batch of a thousand', async () => {
    const queue = await fixture.filledQueue(1_000);
    const expected = Array.from({ length: 1_000 }, (_, index) => String(index + 1));
    expect((await fixture.stored(queue)).bodies).toEqual(expected);
  });

  it('keep their bytes, whatever they are', async () => {
    const queue = await fixture.queue();
    const body = Buffer.from(Array.from({ length: 1_024 }, (_, index) => index % 256));
    await fixture.enqueue([{ ...messageFor(queue, ''), body }]);
    const lease = await fixture.claimed(queue);
    expect(lease.head.body.equals(body)).toBe(true);
  });

  it('are stored once, where an id comes twice in one call or again later, without a gap', async () => {
    const queue = await fixture.queue();
    const [one, two, three] = messagesFor(queue, 3) as [NewMessage, NewMessage, NewMessage];
    await fixture.enqueue([one, two, one, { ...two, body: Buffer.from('other') }]);
    const [again] = await fixture.enqueue([two, three, one]);
    expect(await fixture.stored(queue)).toEqual({ seqs: [1, 2, 3], bodies: ['1', '2', '3'] });
    expect(again).toMatchObject({ inserted: 1, messageId: three.messageId });
    expect((await fixture.row(queue)).tail_seq).toBe('3');
  });

  it('are not stored again after they were delivered', async () => {
    const queue = await fixture.queue();
    const message = messageFor(queue, '1');
    await fixture.enqueue([message]);
    await settleOne(fixture.store(), await fixture.claimed(queue));
    expect(await fixture.enqueue([message])).toEqual([]);
    expect(await fixture.row(queue)).toMatchObject({ head_seq: '2', tail_seq: '1' });
  });

  it('carry the database time of the batch in whole milliseconds', async () => {
    const queue = await fixture.queue();
    const [enqueued] = await fixture.enqueue(messagesFor(queue, 2));
    const stored = await fixture.database.query<{ exact: boolean }>(
      `SELECT enqueued_at = $2::timestamptz AS exact FROM integration_queue_message WHERE queue_id = $1`,
      [queue.queueId, enqueued?.enqueuedAt.toISOString()],
    );
    expect(stored).toEqual([{ exact: true }, { exact: true }]);
    expect((await fixture.claimed(queue)).head.enqueuedAt).toEqual(enqueued?.enqueuedAt);
  });
});

describe('the answer to an enqueue', () => {
  it('names for each queue how many were added and the first of them', async () => {
    const [a, b] = [await fixture.queue(), await fixture.queue()];
    const [a1, b1, a2] = [messageFor(a, '1'), messageFor(b, '1'), messageFor(a, '2')];
    const answer = await fixture.enqueue([a1, b1, a2]);
    expect(answer).toHaveLength(2);
    expect(answer).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ queueId: a.queueId, inserted: 2, messageId: a1.messageId }),
        expect.objectContaining({ queueId: b.queueId, inserted: 1, messageId: b1.messageId }),
      ]),
    );
  });

  it.each([
    ['a queue that is idle', 'attempts = 0', true],
    ['one whose lease has run out', `lease_until = clock_timestamp() - interval '1 s'`, true],
    ['one that is leased', `lease_until = clock_timestamp() + interval '30 s'`, false],
    ['one that is BLOCKED', `status = 'BLOCKED', blocked_at = clock_timestamp()`, false],
    ['one that rests', `due_at = clock_timestamp() + interval '30 s'`, false],
  ])('asks for a wake-up of %s: (%s) %s', async (_, state, wake) => {
    const queue = await fixture.queue();
    await fixture.set(queue, state);
    expect(await fixture.enqueue(messagesFor(queue, 1))).toMatchObject([{ wake }]);
  });
});

describe('a batch', () => {
  const countOf = (table: string) =>
    fixture.database.one<{ n: string }>(`SELECT count(*) AS n FROM ${table}`);

  it('stores messages, dead letters and locations together', async () => {
    const queue = await fixture.queue();
    const refused = deadLetter();
    const locationId = randomUUID();
    const result = await fixture.ingest().ingest({
      messages: messagesFor(queue, 2),
      deadLetters: [refused],
      locations: [{ locationId, organizationId: 'o1' }],
    });
    expect(result.deadLetters).toEqual([refused]);
    expect((await fixture.stored(queue)).seqs).toEqual([1, 2]);
    expect(await fixture.ingest().organizationsOf([locationId, 'unknown'])).toEqual(
      new Map([[locationId, 'o1']]),
    );
    const stored = await fixture.database.one(
      `SELECT partition, "offset", record_timestamp, key, value, headers, reason, detail
       FROM ingest_dead_letter WHERE topic = $1`,
      [refused.record.topic],
    );
    expect(stored).toEqual({
      partition: 1,
      offset: '9007199254740993',
      record_timestamp: '-1',
      key: Buffer.from([0, 255]),
      value: Buffer.from('not json \0'),
      headers: [
        { name: 'one', value: 'AAE=' },
        { name: 'two\0', value: 'YQ==' },
        { name: 'two\0', value: 'Yg==' },
      ],
      reason: 'not_json',
      detail: 'unexpected ""',
    });
  });

  it('leaves no dead letter and no location where its messages cannot be stored', async () => {
    const queue = await fixture.queue();
    const before = [await countOf('ingest_dead_letter'), await countOf('location_directory')];
    const broken = fixture.ingest().ingest({
      messages: [...messagesFor(queue, 2), messageFor(queue, '3', 'no uuid')],
      deadLetters: [deadLetter()],
      locations: [{ locationId: randomUUID(), organizationId: 'o1' }],
    });
    await expect(broken).rejects.toMatchObject({ driverError: { code: '22P02' } });
    expect([await countOf('ingest_dead_letter'), await countOf('location_directory')]).toEqual(
      before,
    );
    expect(await fixture.row(queue)).toMatchObject({ tail_seq: '0' });
  });

  it('leaves no message where one of its dead letters cannot be stored', async () => {
    const queue = await fixture.queue();
    const broken = fixture.ingest().ingest({
      messages: messagesFor(queue, 2),
      deadLetters: [deadLetter(), deadLetter({ offset: 'no number' })],
      locations: [],
    });
    await expect(broken).rejects.toMatchObject({ driverError: { code: '22P02' } });
    expect((await fixture.stored(queue)).seqs).toEqual([]);
    expect((await fixture.row(queue)).tail_seq).toBe('0');
  });

  it('stores a dead letter once, and tells only of those that are new', async () => {
    const [one, two] = [deadLetter(), deadLetter()];
    const ingest = (deadLetters: DeadLetter[]) =>
      fixture.ingest().ingest({ messages: [], deadLetters, locations: [] });
    expect((await ingest([one, one])).deadLetters).toEqual([one]);
    expect((await ingest([one, two])).deadLetters).toEqual([two]);
    const sameOffset = deadLetter({ topic: one.record.topic, timestamp: '5' });
    expect((await ingest([sameOffset])).deadLetters).toEqual([sameOffset]);
  });

  it('corrects the organization of a location that moved', async () => {
    const locationId = randomUUID();
    for (const organizationId of ['old', 'new', 'new']) {
      const locations = [{ locationId, organizationId }];
      await fixture.ingest().ingest({ messages: [], deadLetters: [], locations });
    }
    expect(await fixture.ingest().organizationsOf([locationId])).toEqual(
      new Map([[locationId, 'new']]),
    );
  });
});
