import { randomUUID } from 'node:crypto';
import { InFlightDeliveries } from '@app/queue';
import { seedWebhook, waitFor } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageFor, QueueFixture, REJECTED, settleOne, type TestQueue } from '../queue-fixture.js';

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

interface Wait {
  readonly ended: Promise<void>;
  readonly isOver: () => boolean;
  /** Resolves after the next look at the database: what is not over by then waits. */
  readonly looked: () => Promise<void>;
}

/** Begins to wait, and has looked once when this resolves. */
async function wait(
  queues: readonly TestQueue[],
  webhookId?: string,
  signal?: AbortSignal,
): Promise<Wait> {
  const dataSource = await fixture.database.dataSource(undefined, { poolSize: 1 });
  let looks = 0;
  const query = dataSource.query.bind(dataSource);
  dataSource.query = async <Result>(sql: string, parameters?: unknown[]): Promise<Result> => {
    const rows = await query<Result>(sql, parameters);
    looks += 1;
    return rows;
  };
  const looked = async (): Promise<void> => {
    const before = looks;
    await waitFor(() => over || looks > before + 1);
  };
  let over = false;
  const queueIds = queues.map(({ queueId }) => queueId);
  const ended = new InFlightDeliveries(dataSource).ended(queueIds, webhookId, signal).then(() => {
    over = true;
  });
  await waitFor(() => looks > 0);
  return { ended, isOver: () => over, looked };
}

describe('the end of what is under way', () => {
  it('is at once where nothing is', async () => {
    const queue = await fixture.filledQueue(2);
    await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    const deliveries = new InFlightDeliveries(fixture.dataSource);
    await expect(deliveries.ended([queue.queueId])).resolves.toBeUndefined();
    await expect(deliveries.ended([])).resolves.toBeUndefined();
    await expect(deliveries.ended([randomUUID()], randomUUID())).resolves.toBeUndefined();
  });

  it.each(['delivered', 'rejected'] as const)('comes with the outcome %s', async (kind) => {
    const queue = await fixture.filledQueue(1);
    const lease = await fixture.claimed(queue);
    const { ended, isOver, looked } = await wait([queue], queue.webhookId);
    await looked();
    expect(isOver()).toBe(false);
    await settleOne(fixture.store(), lease, kind === 'rejected' ? { outcome: REJECTED } : {});
    await ended;
  });

  it('comes with the outcome of what was under way, though the lease is kept for the next', async () => {
    const queue = await fixture.filledQueue(2);
    const lease = await fixture.claimed(queue);
    const { ended, isOver, looked } = await wait([queue], queue.webhookId);
    await looked();
    expect(isOver()).toBe(false);
    const settled = await settleOne(fixture.store(), lease, { keep: true });
    expect(settled?.next?.head.seq).toBe('2');
    await ended;
    expect(await fixture.row(queue)).toMatchObject({ leased: true });
  });

  it('is not waited for any longer by whoever has gone', async () => {
    const queue = await fixture.filledQueue(1);
    await fixture.claimed(queue);
    const caller = new AbortController();
    const { ended, looked } = await wait([queue], queue.webhookId, caller.signal);
    const outcome = ended.catch((error: unknown) => error);
    await looked();
    caller.abort(new Error('gone'));
    expect(await outcome).toMatchObject({ message: 'gone' });
    expect(await fixture.row(queue)).toMatchObject({ leased: true });
  });

  it('comes when the lease is given back', async () => {
    const queue = await fixture.filledQueue(1);
    const lease = await fixture.claimed(queue);
    const { ended, isOver, looked } = await wait([queue]);
    await looked();
    expect(isOver()).toBe(false);
    await fixture.store().release([lease]);
    await ended;
  });

  it('comes with the end of the lease of a replica that is gone', async () => {
    const queue = await fixture.filledQueue(1);
    await fixture.claimed(queue, fixture.store({ leaseMs: 2_000 }));
    const { ended, isOver } = await wait([queue]);
    expect(isOver()).toBe(false);
    await ended;
    expect(await fixture.row(queue)).toMatchObject({ leased: false });
  });

  it('is not put off by another lease that was taken afterwards, for the same message', async () => {
    const queue = await fixture.filledQueue(1);
    const lease = await fixture.claimed(queue);
    const { ended, isOver, looked } = await wait([queue], queue.webhookId);
    await looked();
    expect(isOver()).toBe(false);
    // In one transaction, so that no look falls between the two.
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    await session.query(`SELECT release_queues($1, $2, interval '0')`, [
      [queue.queueId],
      [lease.token],
    ]);
    await session.query(`SELECT FROM claim_queues($1, 'test', interval '1 hour', true)`, [
      [queue.queueId],
    ]);
    await session.query('COMMIT');
    await ended;
    expect(await fixture.row(queue)).toMatchObject({ leased: true, head_seq: '1' });
  });

  it('is waited for in every one of the queues', async () => {
    const [one, two] = [await fixture.filledQueue(1), await fixture.filledQueue(1)];
    const [first, second] = [await fixture.claimed(one), await fixture.claimed(two)];
    const { ended, isOver, looked } = await wait([one, two]);
    await settleOne(fixture.store(), first);
    await looked();
    expect(isOver()).toBe(false);
    await settleOne(fixture.store(), second);
    await ended;
  });
});

describe('what is under way for one webhook', () => {
  it('is not what is under way for another in the same queue', async () => {
    const queue = await fixture.queue();
    const other = await seedWebhook(fixture.dataSource, {
      integrationId: queue.queueId,
      type: 'order/created',
    });
    await fixture.enqueue([
      messageFor({ ...queue, webhookId: other }, '1'),
      messageFor(queue, '2'),
    ]);
    const lease = await fixture.claimed(queue);
    await (
      await wait([queue], queue.webhookId)
    ).ended;
    const ofOther = await wait([queue], other);
    await ofOther.looked();
    expect(ofOther.isOver()).toBe(false);
    const settled = await settleOne(fixture.store(), lease);
    await ofOther.ended;

    expect(settled?.next?.head.webhookId).toBe(queue.webhookId);
    await (
      await wait([queue], other)
    ).ended;
    const ofFirst = await wait([queue], queue.webhookId);
    await ofFirst.looked();
    expect(ofFirst.isOver()).toBe(false);
    await settleOne(fixture.store(), settled?.next ?? lease);
    await ofFirst.ended;
  });

  it('begins with its head: what waits behind it is not under way', async () => {
    const queue = await fixture.queue();
    const other = await seedWebhook(fixture.dataSource, {
      integrationId: queue.queueId,
      type: 'order/created',
    });
    await fixture.enqueue([
      messageFor(queue, '1'),
      messageFor({ ...queue, webhookId: other }, '2'),
    ]);
    await fixture.claimed(queue);
    await (
      await wait([queue], other)
    ).ended;
    expect(await fixture.row(queue)).toMatchObject({ leased: true });
  });
});
