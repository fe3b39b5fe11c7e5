import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewMessage } from '../../src/ingest-batch.js';
import type { QueueLease } from '../../src/queue-lease.js';
import {
  messageFor,
  messagesFor,
  QueueFixture,
  settlement,
  type TestQueue,
} from '../queue-fixture.js';

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

const ENQUEUE = 'SELECT * FROM enqueue_messages($1, $2, $3, $4, $5, $6, $7)';

/** The statement of IngestStore, for a session that a spec keeps in a transaction. */
const columnsOf = (messages: readonly NewMessage[]): unknown[] => [
  messages.map((message) => message.queueId),
  messages.map((message) => message.messageId),
  messages.map((message) => message.webhookId),
  messages.map((message) => message.type),
  messages.map((message) => message.partition),
  messages.map((message) => message.offset),
  messages.map((message) => message.body),
];

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('enqueuing from eight connections at once', () => {
  it('numbers without gaps or repeats, and keeps the order of every connection', async () => {
    const queues = await fixture.queues(5);
    const dataSource = await fixture.database.dataSource(undefined, { poolSize: 8 });
    const ingest = fixture.ingest(dataSource);
    const connection = async (name: number): Promise<void> => {
      for (let batch = 0; batch < 20; batch += 1) {
        const messages = upTo(25).map((n) => {
          const queue = queues[(n + name + batch) % queues.length] as TestQueue;
          return messageFor(queue, `${name}:${String(batch * 25 + n).padStart(4, '0')}`);
        });
        await ingest.ingest({ messages, deadLetters: [], locations: [] });
      }
    };
    await Promise.all(upTo(8).map(connection));

    for (const queue of queues) {
      const { seqs, bodies } = await fixture.stored(queue);
      expect(seqs).toEqual(upTo(800));
      for (const name of upTo(8)) {
        const ofConnection = bodies.filter((body) => body.startsWith(`${name}:`));
        expect(ofConnection).toHaveLength(100);
        expect(ofConnection).toEqual([...ofConnection].sort());
      }
      expect((await fixture.row(queue)).tail_seq).toBe('800');
    }
  });

  it('stores a batch once that all of them bring', async () => {
    const queue = await fixture.queue();
    const messages = messagesFor(queue, 200);
    const dataSource = await fixture.database.dataSource(undefined, { poolSize: 8 });
    const results = await Promise.all(
      upTo(8).map(() =>
        fixture.ingest(dataSource).ingest({ messages, deadLetters: [], locations: [] }),
      ),
    );
    expect(results.flatMap(({ queues }) => queues)).toMatchObject([{ inserted: 200 }]);
    const { seqs, bodies } = await fixture.stored(queue);
    expect(seqs).toEqual(upTo(200));
    expect(bodies).toEqual(upTo(200).map(String));
  });
});

describe('the order of assignment', () => {
  it('is the order of commit: who comes second waits, and numbers after whoever was first', async () => {
    const queue = await fixture.queue();
    const [shared] = messagesFor(queue, 1) as [NewMessage];
    const first = await fixture.database.connect();
    await first.query('BEGIN');
    await first.query(ENQUEUE, columnsOf([shared, messageFor(queue, 'first')]));

    const { ingest } = await fixture.named('second');
    const second = ingest.ingest({
      messages: [messageFor(queue, 'second'), shared],
      deadLetters: [],
      locations: [],
    });
    await fixture.database.waitingForLock('second');
    expect((await fixture.stored(queue)).seqs).toEqual([]);
    await first.query('COMMIT');

    // The message that both bring is seen by the second only because it looks after it waited.
    expect((await second).queues).toMatchObject([{ inserted: 1 }]);
    expect(await fixture.stored(queue)).toEqual({
      seqs: [1, 2, 3],
      bodies: ['1', 'first', 'second'],
    });
  });

  it('has no gap where the first rolls back', async () => {
    const queue = await fixture.queue();
    const first = await fixture.database.connect();
    await first.query('BEGIN');
    await first.query(ENQUEUE, columnsOf(messagesFor(queue, 3)));
    const { ingest } = await fixture.named('after a rollback');
    const messages = [messageFor(queue, 'second')];
    const second = ingest.ingest({ messages, deadLetters: [], locations: [] });
    await fixture.database.waitingForLock('after a rollback');
    await first.query('ROLLBACK');
    await second;
    expect(await fixture.stored(queue)).toEqual({ seqs: [1], bodies: ['second'] });
  });

  it('concerns one queue: an enqueue to another queue does not wait', async () => {
    const [held, free] = [await fixture.queue(), await fixture.queue()];
    const first = await fixture.database.connect();
    await first.query('BEGIN');
    await first.query(ENQUEUE, columnsOf(messagesFor(held, 1)));
    expect(await fixture.enqueue(messagesFor(free, 1))).toMatchObject([{ wake: true }]);
    await first.query('ROLLBACK');
  });
});

describe('enqueue, claim, settle and release over the same queues in opposite orders', () => {
  const ROUNDS = 20;

  it('never deadlock and lose nothing', async () => {
    const queues = await fixture.queues(12);
    const reversed = [...queues].reverse();
    const dataSource = await fixture.database.dataSource(undefined, { poolSize: 8 });
    const ingest = fixture.ingest(dataSource);
    const store = fixture.store({}, dataSource);
    const delivered = new Map<string, string[]>();

    const producer = async (order: readonly TestQueue[], name: string): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const messages = order.map((queue) => messageFor(queue, `${name}${round}`));
        await ingest.ingest({ messages, deadLetters: [], locations: [] });
      }
    };
    const settleAll = async (leases: readonly QueueLease[]): Promise<void> => {
      const settled = await store.settle(leases.map((lease) => settlement(lease, { keep: false })));
      for (const { queueId, head } of leases) {
        if (!settled.has(queueId)) throw new Error('nobody else may hold this lease');
        delivered.set(queueId, [...(delivered.get(queueId) ?? []), head.body.toString()]);
      }
    };
    const consumer = async (order: readonly TestQueue[]): Promise<void> => {
      const expected = queues.length * 2 * ROUNDS;
      while ([...delivered.values()].flat().length < expected) {
        const leases = await store.claim(order.map((queue) => queue.queueId));
        const half = leases.length >> 1;
        await store.release(leases.slice(0, half).reverse());
        await settleAll(leases.slice(half).reverse());
      }
    };
    await Promise.all([
      producer(queues, 'p'),
      producer(reversed, 'r'),
      consumer(queues),
      consumer(reversed),
      consumer(queues),
    ]);

    for (const queue of queues) {
      expect(delivered.get(queue.queueId)).toEqual((await fixture.stored(queue)).bodies);
    }
  });
});
