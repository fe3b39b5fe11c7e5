import { randomUUID } from 'node:crypto';
import type { DeadLetter } from '@app/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewMessage } from '../../src/ingest-batch.js';
import { messageFor, QueueFixture, type TestQueue } from '../queue-fixture.js';
import { upTo } from '../replica.js';

const MEBIBYTE = 1024 * 1024;
const SMALL = { items: 3, bytes: 20 };

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

const batch = (messages: readonly NewMessage[], deadLetters: readonly DeadLetter[] = []) => ({
  messages,
  deadLetters,
  locations: [],
});

const deadLetter = (topic: string, offset: number): DeadLetter => ({
  kind: 'dead_letter',
  record: {
    topic,
    partition: 0,
    offset: String(offset),
    timestamp: '1',
    key: null,
    value: Buffer.from('not json'),
    headers: {},
  },
  reason: 'not_json',
  detail: '',
});

const deadLettersOf = async (topic: string): Promise<number> =>
  (await fixture.database.query('SELECT FROM ingest_dead_letter WHERE topic = $1', [topic])).length;

describe('a batch that is too large for one statement', () => {
  it('of one record of 1 MiB for 300 webhooks is stored', { timeout: 120_000 }, async () => {
    const queues: TestQueue[] = [];
    while (queues.length < 300) queues.push(...(await fixture.queues(25)));
    const body = Buffer.alloc(MEBIBYTE, 'a');
    const messages = queues.map((queue) => ({ ...messageFor(queue, ''), body }));
    const result = await fixture.ingest().ingest(batch(messages));
    expect(result.queues).toHaveLength(300);
    expect(result.queues.every(({ wake, inserted }) => wake && inserted === 1)).toBe(true);
    const ids = queues.map(({ queueId }) => queueId);
    const stored = await fixture.database.one(
      `SELECT count(*)::int AS messages, min(length(body)) AS shortest
       FROM integration_queue_message WHERE queue_id = ANY ($1)`,
      [ids],
    );
    expect(stored).toEqual({ messages: 300, shortest: MEBIBYTE });
  });

  it('keeps the order of every queue, and says of each once what it got', async () => {
    const [a, b] = [await fixture.queue(), await fixture.queue()];
    const messages = upTo(10).flatMap((n) => [messageFor(a, `a${n}`), messageFor(b, `b${n}`)]);
    // The one longer than a statement may be stands alone, in its place.
    messages.push(messageFor(a, 'x'.repeat(SMALL.bytes + 1)), messageFor(a, 'last'));
    const ingest = fixture.ingest(fixture.dataSource, SMALL);
    const { queues } = await ingest.ingest(batch([...messages, ...messages.slice(0, 5)]));
    expect(new Map(queues.map((queue) => [queue.queueId, queue]))).toMatchObject(
      new Map([
        [a.queueId, { inserted: 12, messageId: messages[0]?.messageId, wake: true }],
        [b.queueId, { inserted: 10, messageId: messages[1]?.messageId, wake: true }],
      ]),
    );
    for (const queue of [a, b]) {
      const expected = messages.filter(({ queueId }) => queueId === queue.queueId);
      expect(await fixture.stored(queue)).toEqual({
        seqs: upTo(expected.length),
        bodies: expected.map(({ body }) => body.toString()),
      });
    }
    expect((await ingest.ingest(batch(messages))).queues).toEqual([]);
  });

  it('is stored whole or not at all', async () => {
    const queue = await fixture.queue();
    const messages = upTo(10).map((n) => messageFor(queue, String(n)));
    const topic = randomUUID();
    const ingest = fixture.ingest(fixture.dataSource, SMALL);
    const bad = messageFor(queue, 'bad', 'no uuid');
    await expect(
      ingest.ingest(batch([...messages, bad], [deadLetter(topic, 1)])),
    ).rejects.toMatchObject({ driverError: { code: '22P02' } });
    expect((await fixture.stored(queue)).seqs).toEqual([]);
    expect(await deadLettersOf(topic)).toBe(0);
  });

  it('of dead letters is stored once, and tells which of them are new', async () => {
    const topic = randomUUID();
    const all = [10, 9, 1, 2, 10, 3, 11].map((offset) => deadLetter(topic, offset));
    const ingest = fixture.ingest(fixture.dataSource, SMALL);
    const { deadLetters } = await ingest.ingest(batch([], all));
    expect(deadLetters.map(({ record }) => record.offset)).toEqual([
      '1',
      '2',
      '3',
      '9',
      '10',
      '11',
    ]);
    expect(await deadLettersOf(topic)).toBe(6);
    expect((await ingest.ingest(batch([], all))).deadLetters).toEqual([]);
  });
});

describe('batches over the same queues in opposite orders', () => {
  it('never deadlock where each takes several statements', async () => {
    const queues = await fixture.queues(12);
    const reversed = [...queues].reverse();
    const dataSource = await fixture.database.dataSource(undefined, { poolSize: 8 });
    const ingest = fixture.ingest(dataSource, SMALL);
    const producer = async (order: readonly TestQueue[], name: string): Promise<void> => {
      for (const round of upTo(20)) {
        const body = `${name}${String(round).padStart(2, '0')}`;
        await ingest.ingest(batch(order.map((queue) => messageFor(queue, body))));
      }
    };
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    await Promise.all(names.map((name, n) => producer(n % 2 ? queues : reversed, name)));
    for (const queue of queues) {
      const { seqs, bodies } = await fixture.stored(queue);
      expect(seqs).toEqual(upTo(names.length * 20));
      for (const name of names) {
        const own = bodies.filter((body) => body.startsWith(name));
        expect(own).toEqual([...own].sort());
      }
    }
  });
});
