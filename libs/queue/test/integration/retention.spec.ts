import { randomBytes } from 'node:crypto';
import { QueueOperationsStore, type QueueLease } from '@app/queue';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  messageFor,
  messagesFor,
  QueueFixture,
  REJECTED,
  settleOne,
  type TestQueue,
} from '../queue-fixture.js';
import { upTo } from '../replica.js';
import {
  age,
  dayOf,
  drain,
  drainTogether,
  partitionsOf,
  placesOf,
  retention,
  storedDaysAgo,
  WEEKS_LATER,
} from '../retention-fixture.js';

let fixture: QueueFixture;
let operations: QueueOperationsStore;
const operator = { actor: 'spec' };
beforeAll(async () => {
  fixture = await QueueFixture.create();
  operations = new QueueOperationsStore(fixture.dataSource);
});
afterAll(() => fixture?.drop());

const sizeOf = async (table: string): Promise<number> => {
  const { bytes } = await fixture.database.one<{ bytes: string }>(
    `SELECT sum(pg_total_relation_size(relid)) AS bytes FROM pg_partition_tree($1)`,
    [table],
  );
  return Number(bytes);
};

const databaseSize = async (): Promise<number> => {
  const { bytes } = await fixture.database.one<{ bytes: string }>(
    'SELECT pg_database_size(current_database()) AS bytes',
  );
  return Number(bytes);
};

const block = async (queue: TestQueue): Promise<void> => {
  const lease = await fixture.claimed(queue);
  await settleOne(fixture.store(), lease, { outcome: REJECTED, retryInMs: 0 });
};

const texts = (from: number, to: number): string[] =>
  upTo(to)
    .map(String)
    .slice(from - 1);

describe('space', () => {
  const MB = 1024 * 1024;

  it('goes back to the system when what was delivered is older than the retention', async () => {
    const queues = await fixture.queues(20);
    const before = await databaseSize();
    for (let n = 0; n < 10; n += 1) {
      // Random, because what compresses takes no space.
      await fixture.enqueue(
        queues.flatMap((queue) =>
          upTo(10).map(() => ({ ...messageFor(queue, ''), body: randomBytes(12_000) })),
        ),
      );
    }
    await drainTogether(fixture, queues);
    const filled = (await databaseSize()) - before;
    expect(filled).toBeGreaterThan(24 * MB);
    expect(await sizeOf('integration_queue_message')).toBeGreaterThan(24 * MB);

    const { job, log } = retention(fixture.dataSource);
    await job.run();
    expect((await databaseSize()) - before).toBeGreaterThan(24 * MB);
    expect(log.of('partition.dropped')).toEqual([]);

    await job.run(WEEKS_LATER);
    expect(await sizeOf('integration_queue_message')).toBeLessThan(MB);
    expect((await databaseSize()) - before).toBeLessThan(filled / 20);
    const today = `integration_queue_message_${dayOf(new Date())}`;
    const [line] = log
      .of('partition.dropped')
      .filter(({ fields }) => fields['partition'] === today);
    expect(line?.fields).toMatchObject({ moved: 0, durationMs: expect.any(Number) });
    expect(line?.fields['bytes']).toBeGreaterThan(24 * MB);
    await job.makePartitions();
  });

  it('of attempts, too, but not before the retention is over', async () => {
    const queue = await fixture.filledQueue(1);
    await drain(fixture, queue);
    const attempts = () =>
      fixture.database.query('SELECT FROM delivery_attempt WHERE queue_id = $1', [queue.queueId]);
    const { job } = retention(fixture.dataSource);
    await job.run(new Date(Date.now() + 14 * 24 * 3_600_000));
    expect(await attempts()).toHaveLength(1);
    await job.run(new Date(Date.now() + 15 * 24 * 3_600_000));
    expect(await attempts()).toHaveLength(0);
    await job.makePartitions();
  });
});

describe('partitions', () => {
  it('are there for today and three days, after weeks without a run as well', async () => {
    await retention(fixture.dataSource).job.makePartitions(WEEKS_LATER);
    const days = [0, 1, 2, 3].map((n) =>
      dayOf(new Date(WEEKS_LATER.getTime() + n * 24 * 3_600_000)),
    );
    for (const table of ['integration_queue_message', 'delivery_attempt', 'message_identity']) {
      expect(await partitionsOf(fixture, table)).toEqual(
        expect.arrayContaining(days.map((day) => `${table}_${day}`)),
      );
    }
  });

  it('that are missing are told once, by whoever makes them', async () => {
    const later = new Date(WEEKS_LATER.getTime() + 40 * 24 * 3_600_000);
    const replicas = upTo(3).map(() => retention(fixture.dataSource));
    await Promise.all(replicas.map(({ job }) => job.makePartitions(later)));
    const lines = replicas.flatMap(({ log }) => log.of('partitions.made'));
    expect(lines).toHaveLength(1);
    expect(lines[0]?.fields['partitions']).toHaveLength(12);
  });
});

describe('a queue that was blocked for longer than the retention', () => {
  it('keeps all its messages, and sends them in order, what came later behind them', async () => {
    const queue = await fixture.queue();
    await fixture.enqueue(messagesFor(queue, 30));
    await drain(fixture, queue);
    await fixture.enqueue(messagesFor(queue, 20, 31));
    await block(queue);
    await storedDaysAgo(fixture, queue, 17);
    await fixture.enqueue(messagesFor(queue, 20, 51));
    await storedDaysAgo(fixture, queue, 16);
    await fixture.enqueue(messagesFor(queue, 10, 71));

    const { job, log } = retention(fixture.dataSource);
    await job.run();
    expect(await placesOf(fixture, queue)).toEqual([
      ...upTo(70)
        .slice(30)
        .map((seq) => ({ seq, place: 'remainder' })),
      ...upTo(80)
        .slice(70)
        .map((seq) => ({ seq, place: dayOf(new Date()) })),
    ]);
    expect(log.of('partition.dropped').map(({ fields }) => fields['moved'])).toEqual(
      expect.arrayContaining([20, 20]),
    );
    await fixture.enqueue(messagesFor(queue, 5, 81));
    expect(await drain(fixture, queue)).toEqual(texts(31, 85));
  });

  it('is found in the place that is left, and gives it back when it was delivered', async () => {
    const queue = await fixture.filledQueue(5);
    await age(fixture);
    const lease = await fixture.claimed(queue);
    await settleOne(fixture.store(), lease, { keep: false });
    const log = await age(fixture);
    expect((await placesOf(fixture, queue)).map(({ seq }) => seq)).toEqual([2, 3, 4, 5]);
    expect(log.of('rows.forgotten')).toMatchObject([
      { fields: { rows: { integration_queue_message_remainder: 1 } } },
    ]);
    expect(await drain(fixture, queue)).toEqual(texts(2, 5));
    await age(fixture);
    expect(await placesOf(fixture, queue)).toEqual([]);
  });

  it('of more and larger messages than one statement takes is moved in parts', async () => {
    const [many, large] = await fixture.queues(2);
    if (!many || !large) throw new Error('no queues');
    await fixture.enqueue(messagesFor(many, 2_500));
    await fixture.enqueue(
      upTo(18).map((n) => ({ ...messageFor(large, ''), body: Buffer.alloc(1024 * 1024, n) })),
    );
    await age(fixture);
    for (const [queue, messages] of [
      [many, 2_500],
      [large, 18],
    ] as const) {
      expect(await placesOf(fixture, queue)).toEqual(
        upTo(messages).map((seq) => ({ seq, place: 'remainder' })),
      );
      await fixture.set(queue, 'head_seq = tail_seq + 1');
    }
    await age(fixture);
    expect([await placesOf(fixture, many), await placesOf(fixture, large)]).toEqual([[], []]);
  });
});

describe('what an operator set aside', () => {
  const skipHead = async (queue: TestQueue): Promise<string> => {
    const { head }: QueueLease = await fixture.claimed(queue);
    await fixture.set(queue, `lease_until = '-infinity'`);
    const { verdict } = await operations.skip(queue.queueId, head.messageId, operator);
    expect(verdict).toBe('changed');
    return head.messageId;
  };
  const discardHead = async (queue: TestQueue): Promise<void> => {
    const { head } = await fixture.claimed(queue);
    await fixture.set(queue, `lease_until = '-infinity'`);
    expect((await operations.discard(queue.queueId, head.messageId, operator)).verdict).toBe(
      'changed',
    );
  };
  const asideOf = async ({ queueId }: TestQueue): Promise<string[]> => {
    const rows = await fixture.database.query<{ verdict: string }>(
      'SELECT verdict FROM set_aside_message WHERE queue_id = $1 ORDER BY seq',
      [queueId],
    );
    return rows.map(({ verdict }) => verdict);
  };

  afterEach(() => retention(fixture.dataSource).job.makePartitions());

  it('and parked survives, and can be put back at the head or at the back', async () => {
    const [head, back] = [await fixture.filledQueue(3), await fixture.filledQueue(3)];
    const [first, other] = [await skipHead(head), await skipHead(back)];
    await age(fixture);
    expect(await drain(fixture, back)).toEqual(['2', '3']);
    await age(fixture);
    expect(await placesOf(fixture, back)).toEqual([{ seq: 1, place: 'remainder' }]);
    const unskip = (queue: TestQueue, id: string) => operations.unskip(queue.queueId, id, operator);
    expect(await unskip(head, first)).toMatchObject({ place: 'head' });
    expect(await unskip(back, other)).toMatchObject({ place: 'back' });
    expect(await drain(fixture, head)).toEqual(['1', '2', '3']);
    expect(await drain(fixture, back)).toEqual(['1']);
  });

  it('is passed over once more when what was parked before it is put back', async () => {
    const queue = await fixture.filledQueue(4);
    const parked = await skipHead(queue);
    await discardHead(queue);
    await discardHead(queue);
    await age(fixture);
    await age(fixture);
    expect(await operations.unskip(queue.queueId, parked, operator)).toMatchObject({
      place: 'head',
    });
    expect(await drain(fixture, queue)).toEqual(['1', '4']);
    await age(fixture);
    expect([await asideOf(queue), await placesOf(fixture, queue)]).toEqual([[], []]);
  });

  it('and discarded waits in its place until the queue is past it, and is then forgotten', async () => {
    const queue = await fixture.filledQueue(3);
    const { message_id: second } = await fixture.database.one<{ message_id: string }>(
      'SELECT message_id FROM integration_queue_message WHERE queue_id = $1 AND seq = 2',
      [queue.queueId],
    );
    await operations.discard(queue.queueId, second, operator);
    await age(fixture);
    expect(await asideOf(queue)).toEqual(['DISCARDED']);
    expect(await drain(fixture, queue)).toEqual(['1', '3']);
    await age(fixture);
    expect(await asideOf(queue)).toEqual([]);
  });
});
