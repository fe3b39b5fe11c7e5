import { QueueOperationsStore, type QueueLease } from '@app/queue';
import { waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
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
  partitionsOf,
  placesOf,
  retention,
  WEEKS_LATER,
} from '../retention-fixture.js';

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());
afterEach(() => retention(fixture.dataSource).job.makePartitions());

const TODAY = `integration_queue_message_${dayOf(new Date())}`;

const inOrder = (count: number): string[] => upTo(count).map(String);

/** A job whose statements can be told from those of others. */
const named = async (applicationName: string) =>
  retention(await fixture.database.dataSource(undefined, { poolSize: 1, applicationName }));

/** Somebody reads the messages in a transaction that stays open. */
async function reader() {
  const session = await fixture.database.connect();
  await session.query('BEGIN');
  await session.query('SELECT FROM integration_queue_message LIMIT 1');
  return session;
}

describe('a message under way while its partition is dropped', () => {
  it('settles as what it was, and the next one follows from where it is now', async () => {
    const queue = await fixture.filledQueue(3);
    const lease = await fixture.claimed(queue);
    await age(fixture);
    const settled = await settleOne(fixture.store(), lease);
    expect(settled?.next?.head).toMatchObject({ seq: '2', body: Buffer.from('2') });
    const attempts = await fixture.database.query(
      'SELECT seq, webhook_id, outcome FROM delivery_attempt WHERE queue_id = $1',
      [queue.queueId],
    );
    expect(attempts).toEqual([{ seq: '1', webhook_id: queue.webhookId, outcome: 'delivered' }]);
  });

  it('blocks its queue where it fails, and is tried again', async () => {
    const queue = await fixture.filledQueue(2);
    const lease = await fixture.claimed(queue);
    await age(fixture);
    await settleOne(fixture.store(), lease, { outcome: REJECTED, retryInMs: 0 });
    expect((await fixture.row(queue)).status).toBe('BLOCKED');
    expect(await drain(fixture, queue)).toEqual(['1', '2']);
  });
});

describe('a partition that is in use', () => {
  it('is left for the next run, and keeps nobody waiting for long', async () => {
    const queue = await fixture.filledQueue(2);
    const session = await reader();
    const { job, log } = await named('finds it in use');
    const running = job.run(WEEKS_LATER);
    await fixture.database.waitingForLock('finds it in use');
    const before = performance.now();
    // Comes after the job, and waits behind it until the job gives up.
    await fixture.enqueue(messagesFor(queue, 1, 3));
    // 1.5 s, with much to spare for a busy machine; without a limit it would be for ever.
    expect(performance.now() - before).toBeLessThan(10_000);
    await running;
    expect(log.of('partition.kept')).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        fields: expect.objectContaining({ partition: TODAY, cause: 'it was in use' }),
      }),
    );
    expect(await partitionsOf(fixture, 'integration_queue_message')).toContain(TODAY);

    await session.query('COMMIT');
    await job.run(WEEKS_LATER);
    expect(await partitionsOf(fixture, 'integration_queue_message')).not.toContain(TODAY);
    await job.makePartitions();
    expect(await drain(fixture, queue)).toEqual(inOrder(3));
  });

  // A transaction that ends frees the lock of the parent first: the job met such a reader in its last moment.
  it('by somebody who is just leaving it is dropped', async () => {
    const session = await fixture.database.connect();
    const leaving = session.query(`DO $$ BEGIN
      LOCK TABLE ${TODAY} IN ACCESS SHARE MODE;
      LOOP
        EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE relation = '${TODAY}'::regclass AND NOT granted);
      END LOOP;
    END $$`);
    await waitFor(
      async () =>
        (
          await fixture.database.query(
            `SELECT 1 FROM pg_locks WHERE relation = '${TODAY}'::regclass AND granted`,
          )
        ).length > 0,
    );
    await retention(fixture.dataSource).job.run(WEEKS_LATER);
    await leaving;
    expect(await partitionsOf(fixture, 'integration_queue_message')).not.toContain(TODAY);
  });

  it('is kept where a message came in between', async () => {
    const queue = await fixture.filledQueue(2);
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    await session.query('LOCK TABLE ONLY integration_queue_message IN ACCESS SHARE MODE');
    const { job, log } = await named('comes second');
    const running = job.run(WEEKS_LATER);
    await fixture.database.waitingForLock('comes second');
    await session.query(
      `SELECT enqueue_messages(ARRAY[$1::uuid], ARRAY[gen_random_uuid()], ARRAY[$2::uuid], ARRAY['order/created'],
         ARRAY[0], ARRAY[0::bigint], ARRAY['3'::bytea])`,
      [queue.queueId, queue.webhookId],
    );
    await session.query('COMMIT');
    await running;
    const kept = log.of('partition.kept').map(({ fields }) => fields);
    expect(kept).toMatchObject([{ partition: TODAY, cause: 'something in it is needed' }]);
    await job.makePartitions();
    expect(await drain(fixture, queue)).toEqual(inOrder(3));
  });
});

describe('a job that is ended in the middle', () => {
  const pidOf = (name: string) => fixture.database.waitingForLock(name);
  const end = (pid: number) => fixture.database.query('SELECT pg_terminate_backend($1)', [pid]);

  it('before the partition is dropped, loses nothing, and the next run goes on', async () => {
    const queue = await fixture.filledQueue(3);
    const session = await reader();
    const { job } = await named('ends before the drop');
    const ended = job.run(WEEKS_LATER).catch(String);
    await end(await pidOf('ends before the drop'));
    expect(await ended).toMatch(/terminat/);
    await session.query('COMMIT');
    expect(await partitionsOf(fixture, 'integration_queue_message')).toContain(TODAY);
    expect((await fixture.stored(queue)).seqs).toEqual([1, 2, 3]);

    await age(fixture);
    expect(await placesOf(fixture, queue)).toEqual(
      [1, 2, 3].map((seq) => ({ seq, place: 'remainder' })),
    );
    expect(await drain(fixture, queue)).toEqual(inOrder(3));
  });

  it('while it moves messages, leaves them where they were', async () => {
    const queue = await fixture.filledQueue(3);
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    await session.query(
      'SELECT FROM integration_queue_message WHERE queue_id = $1 AND seq = 3 FOR SHARE',
      [queue.queueId],
    );
    const { job } = await named('ends while it moves');
    const ended = job.run(WEEKS_LATER).catch(String);
    await end(await pidOf('ends while it moves'));
    expect(await ended).toMatch(/terminat/);
    await session.query('COMMIT');
    expect((await placesOf(fixture, queue)).map(({ place }) => place)).toEqual(
      [1, 2, 3].map(() => dayOf(new Date())),
    );
    expect(await drain(fixture, queue)).toEqual(inOrder(3));
  });

  it('with its process, ends with the statement under way', async () => {
    const session = await reader();
    const { job, log } = retention(
      await fixture.database.dataSource(undefined, { poolSize: 1, applicationName: 'is stopped' }),
    );
    await fixture.database.query(
      `SELECT add_partition('integration_queue_message', (now() - interval '30 days')::date)`,
    );
    job.start();
    await fixture.database.waitingForLock('is stopped');
    await job.stop();
    await session.query('COMMIT');
    expect(log.lines.filter(({ event }) => event.startsWith('retention.'))).toEqual([]);
    await retention(fixture.dataSource).job.run();
  });
});

describe('what was delivered late', () => {
  it('can be sent again while it is there, and does not go while somebody is at its queue', async () => {
    const queue = await fixture.filledQueue(3);
    await age(fixture);
    expect(await drain(fixture, queue)).toEqual(inOrder(3));
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    const { rows } = await session.query<{ result: unknown }>(
      `SELECT operate_queue('replay', $1, $2, 'spec', NULL, NULL, false) AS result`,
      [queue.queueId, { from: '2020-01-01', to: '3000-01-01', limit: 10 }],
    );
    expect(rows).toMatchObject([{ result: { verdict: 'changed', messages: 3 } }]);
    await retention(fixture.dataSource).job.run();
    await session.query('COMMIT');
    expect((await placesOf(fixture, queue)).map(({ seq }) => seq)).toEqual(upTo(6));
    await retention(fixture.dataSource).job.run();
    expect((await placesOf(fixture, queue)).map(({ seq }) => seq)).toEqual([4, 5, 6]);
    expect(await drain(fixture, queue)).toEqual(inOrder(3));
  });
});

describe('two jobs', () => {
  it('at once do it once, and lose nothing', async () => {
    const queues = await fixture.queues(10);
    await fixture.enqueue(queues.flatMap((queue) => messagesFor(queue, 25)));
    const jobs = await Promise.all(upTo(3).map((n) => named(`job ${n}`)));
    const runs = await Promise.allSettled(jobs.map(({ job }) => job.run(WEEKS_LATER)));
    for (const run of runs) {
      if (run.status === 'rejected') expect(String(run.reason)).toMatch('another replica is at it');
    }
    await age(fixture);
    const dropped = jobs.flatMap(({ log }) => log.of('partition.dropped'));
    expect(dropped.filter(({ fields }) => fields['partition'] === TODAY).length).toBeLessThan(2);
    for (const queue of queues)
      expect((await placesOf(fixture, queue))[0]?.place).toBe('remainder');
    for (const queue of queues) expect(await drain(fixture, queue)).toEqual(inOrder(25));
  });

  it('take turns: who is refused leaves the work to the other, and comes again', async () => {
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    await session.query('SELECT take_retention_turn()');
    const { job, log } = retention(fixture.dataSource, { intervalMs: 10 });
    await fixture.database.query(
      `SELECT add_partition('delivery_attempt', (now() - interval '30 days')::date)`,
    );
    job.start();
    await waitFor(() => log.of('retention.left_to_another').length > 1);
    await session.query('COMMIT');
    await waitFor(() => log.of('retention.finished').length > 0);
    await job.stop();
    expect(log.of('partition.dropped')).toHaveLength(1);
  });
});

describe('a run that fails', () => {
  it('is told as an error, and does not end the process', async () => {
    const dataSource = await fixture.database.dataSource();
    const { job, log } = retention(dataSource);
    await dataSource.destroy();
    job.start();
    await waitFor(() => log.of('retention.failed').length > 0);
    await job.stop();
    expect(log.of('retention.failed')[0]?.fields['error']).toBeInstanceOf(Error);
  });
});

describe('under traffic, with today dropped again and again', () => {
  const ROUNDS = 20;

  /** Partitions of today are away for moments here, as they never are where time passes by itself. */
  async function persistently<T>(act: () => Promise<T>): Promise<T> {
    return waitFor(async () => {
      try {
        return { done: await act() };
      } catch (error) {
        if (!/no partition of relation/.test(String(error))) throw error;
        return undefined;
      }
    }).then(({ done }) => done);
  }

  async function traffic(queue: TestQueue): Promise<string[]> {
    const operations = new QueueOperationsStore(fixture.dataSource);
    const store = fixture.store();
    const sent: string[] = [];
    for (let n = 1; n <= ROUNDS; n += 1) {
      await persistently(() => fixture.enqueue(messagesFor(queue, 3, 3 * n - 2)));
      const lease = await claimedSoon(queue);
      if (n % 4 === 0) {
        await store.release([lease]);
        const at = [queue.queueId, lease.head.messageId, { actor: 'spec' }] as const;
        expect((await operations.skip(...at)).verdict).toBe('changed');
        expect((await operations.unskip(...at)).verdict).toBe('changed');
        continue;
      }
      const keep = n % 3 === 0;
      const settled = await persistently(() => settleOne(store, lease, { keep }));
      expect(settled).toBeDefined();
      sent.push(lease.head.body.toString());
      if (settled?.next) await store.release([settled.next]);
    }
    return [...sent, ...(await persistentDrain(queue))];
  }

  /** A queue whose row somebody else has locked is passed over by a claim, and found again by a sweep. */
  const claimedSoon = (queue: TestQueue): Promise<QueueLease> =>
    waitFor(async () => (await fixture.store().claim([queue.queueId]))[0]);

  const persistentDrain = async (queue: TestQueue): Promise<string[]> => {
    const sent: string[] = [];
    const waits = async (): Promise<boolean> => {
      const { head_seq: head, tail_seq: tail } = await fixture.row(queue);
      return Number(head) <= Number(tail);
    };
    while (await waits()) {
      const lease = await claimedSoon(queue);
      sent.push(lease.head.body.toString());
      await persistently(() => settleOne(fixture.store(), lease, { keep: false }));
    }
    return sent;
  };

  it('every queue sends everything once and in order', async () => {
    const queues = await fixture.queues(4);
    let over = false;
    let dropped = 0;
    const aging = (async () => {
      while (!over) {
        const log = await age(fixture);
        dropped += log
          .of('partition.dropped')
          .filter(({ fields }) => fields['partition'] === TODAY).length;
      }
    })();
    const ends = await Promise.allSettled(queues.map((queue) => traffic(queue)));
    over = true;
    await aging;
    const sent = ends.map((end) => (end.status === 'fulfilled' ? end.value : String(end.reason)));
    for (const bodies of sent) expect(bodies).toEqual(inOrder(3 * ROUNDS));
    expect(dropped).toBeGreaterThan(0);
  });
});
