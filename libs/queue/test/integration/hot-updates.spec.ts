import type { QueueLease } from '@app/queue';
import { waitFor } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { messagesFor, QueueFixture, settlement } from '../queue-fixture.js';

const QUEUES = 100;
const MESSAGES_PER_STRETCH = 20;
const LEAST_STRETCHES = 5;

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

interface Updates {
  readonly all: number;
  readonly hot: number;
}

/** PostgreSQL publishes its counts once a second at most, unless the session asks for it. */
async function countedUpdates(session: DataSource): Promise<Updates> {
  await session.query('SELECT pg_stat_force_next_flush()');
  return fixture.database.one<{ all: number; hot: number }>(
    `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot
     FROM pg_stat_user_tables WHERE relname = 'integration_queue'`,
  );
}

it('10,000 settled messages update the queue table in place, without a trace in its indexes', async () => {
  const queues = await fixture.queues(QUEUES);
  const session = await fixture.database.dataSource(undefined, { poolSize: 1 });
  const store = fixture.store({}, session);
  let stretches = 0;

  /** 100 queues × 20 messages; the share of its updates that were HOT. */
  const stretch = async (): Promise<number> => {
    await fixture.ingest(session).ingest({
      messages: queues.flatMap((queue) => messagesFor(queue, MESSAGES_PER_STRETCH)),
      deadLetters: [],
      locations: [],
    });
    const before = await countedUpdates(session);
    let leases: QueueLease[] = await store.claim(queues.map((queue) => queue.queueId));
    let rounds = 0;
    for (; leases.length > 0; rounds += 1) {
      const settled = await store.settle(leases.map((lease) => settlement(lease)));
      leases = [...settled.values()].flatMap((each) =>
        each.kind === 'settled' && each.next ? [each.next] : [],
      );
    }
    expect(rounds).toBe(MESSAGES_PER_STRETCH);
    const after = await countedUpdates(session);
    expect(after.all - before.all).toBe(QUEUES * (1 + MESSAGES_PER_STRETCH));
    stretches += 1;
    return (after.hot - before.hot) / (after.all - before.all);
  };

  // A transaction that is open in any database of the server, of another spec for example, holds
  // back the pruning that makes room for HOT updates. So one stretch without such a neighbour counts.
  const shares: number[] = [];
  await waitFor(
    async () => {
      shares.push(await stretch());
      return stretches >= LEAST_STRETCHES && Math.max(...shares) === 1;
    },
    { timeoutMs: 25_000, describe: () => shares },
  );
});
