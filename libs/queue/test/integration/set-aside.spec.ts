import { IntegrationQueueMessageEntity, QueueOperationsStore } from '@app/queue';
import { WebhookSubscriptionsStore } from '@app/subscriptions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueueFixture, REJECTED, settleOne, type TestQueue } from '../queue-fixture.js';

const ANA = { actor: 'ana', reason: 'not for this receiver' };

let fixture: QueueFixture;
let operations: QueueOperationsStore;
beforeAll(async () => {
  fixture = await QueueFixture.create();
  operations = new QueueOperationsStore(fixture.dataSource);
});
afterAll(() => fixture?.drop());

const messagesOf = ({ queueId }: TestQueue): Promise<IntegrationQueueMessageEntity[]> =>
  fixture.dataSource
    .getRepository(IntegrationQueueMessageEntity)
    .find({ where: { integrationId: queueId }, order: { seq: 'ASC' } });

const statusesOf = async (queue: TestQueue): Promise<string[]> =>
  (await messagesOf(queue)).map(({ status }) => status);

/** A queue of so many messages and their ids, blocked by the first. */
async function scene(messages: number): Promise<{ queue: TestQueue; ids: string[] }> {
  const queue = await fixture.filledQueue(messages);
  const ids = (await messagesOf(queue)).map(({ messageId }) => messageId);
  await fail(queue);
  return { queue, ids };
}

const id = (ids: readonly string[], n: number): string => ids[n - 1] ?? '';

const fail = async (queue: TestQueue): Promise<void> => {
  await settleOne(fixture.store(), await fixture.claimed(queue), {
    outcome: REJECTED,
    retryInMs: 0,
  });
};

/** Delivers what can be delivered, passes over what is set aside, and returns the numbers that were sent. */
async function drain(queue: TestQueue): Promise<string[]> {
  const sent: string[] = [];
  const store = fixture.store();
  for (let [lease] = await store.claim([queue.queueId]); lease;) {
    const { removed, body } = lease.head;
    if (!removed) sent.push(body.toString());
    const outcome = removed ? ({ kind: 'discarded' } as const) : undefined;
    lease = (await settleOne(store, lease, outcome ? { outcome } : {}))?.next;
  }
  return sent;
}

describe('skipping the head', () => {
  it('parks it and goes on behind it; what is stored of it stays', async () => {
    const { queue, ids } = await scene(3);
    expect(await operations.skip(queue.queueId, id(ids, 1), ANA)).toMatchObject({
      verdict: 'changed',
      seq: '1',
      before: { status: 'BLOCKED', headSeq: '1' },
      after: { status: 'HEALTHY', headSeq: '2', attempts: 0, blockedAt: null },
    });
    expect(await drain(queue)).toEqual(['2', '3']);
    expect(await messagesOf(queue)).toMatchObject([
      { status: 'PARKED', attempts: 1, lastErrorMessage: REJECTED.message },
      { status: 'DELIVERED' },
      { status: 'DELIVERED' },
    ]);
  });

  it('is done once by two who ask for it at the same time', async () => {
    const { queue, ids } = await scene(3);
    const skip = () => operations.skip(queue.queueId, id(ids, 1), ANA);
    const verdicts = (await Promise.all([skip(), skip()])).map(({ verdict }) => verdict);
    expect(verdicts.sort()).toEqual(['changed', 'unchanged']);
    expect(await drain(queue)).toEqual(['2', '3']);
  });

  it('refuses a message that is not the head', async () => {
    const { queue, ids } = await scene(2);
    const skip = (n: number) => operations.skip(queue.queueId, id(ids, n), ANA);
    expect(await skip(2)).toMatchObject({ verdict: 'not_head', after: { headSeq: '1' } });
    await drain(queue);
    expect(await skip(1)).toMatchObject({ verdict: 'not_head' });
  });

  it('waits for the request that is under way: what that delivers is not parked', async () => {
    const { queue, ids } = await scene(2);
    const lease = await fixture.claimed(queue);
    const dryRun = await operations.skip(queue.queueId, id(ids, 1), { ...ANA, dryRun: true });
    expect(dryRun.verdict).toBe('in_flight');
    const skipping = operations.skip(queue.queueId, id(ids, 1), ANA);
    await settleOne(fixture.store(), lease, { keep: false });
    expect(await skipping).toMatchObject({ verdict: 'not_head' });
    expect(await statusesOf(queue)).toEqual(['DELIVERED', 'QUEUED']);
  });

  it('refuses the outcome of whoever still works on the head after the end of its lease', async () => {
    const { queue, ids } = await scene(2);
    const late = await fixture.claimed(queue);
    await fixture.set(queue, `lease_until = clock_timestamp() - interval '1 ms'`);
    await operations.skip(queue.queueId, id(ids, 1), ANA);
    expect(await settleOne(fixture.store(), late)).toBeUndefined();
    await operations.unskip(queue.queueId, id(ids, 1), ANA);
    expect(await settleOne(fixture.store(), late)).toBeUndefined();
  });

  it('parks the second copy of a message as well as the first', async () => {
    const { queue, ids } = await scene(1);
    await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    const range = { from: new Date(0), to: new Date('2100-01-01T00:00:00Z') };
    await operations.replay(queue.queueId, range, ANA);
    await operations.replay(queue.queueId, range, ANA);
    const skip = () => operations.skip(queue.queueId, id(ids, 1), ANA);
    expect(await skip()).toMatchObject({ verdict: 'changed', seq: '2' });
    expect(await skip()).toMatchObject({ verdict: 'changed', seq: '3' });
    expect(await skip()).toMatchObject({ verdict: 'unchanged' });
  });

  it('goes on behind what was discarded before', async () => {
    const { queue, ids } = await scene(3);
    await operations.discard(queue.queueId, id(ids, 2), ANA);
    await operations.skip(queue.queueId, id(ids, 1), ANA);
    expect(await fixture.row(queue)).toMatchObject({ head_seq: '3' });
  });
});

describe('undoing a skip', () => {
  it('puts the message back at the head while nothing behind it was delivered', async () => {
    const { queue, ids } = await scene(2);
    await operations.skip(queue.queueId, id(ids, 1), ANA);
    await fail(queue);
    expect(await operations.unskip(queue.queueId, id(ids, 1), ANA)).toMatchObject({
      verdict: 'changed',
      place: 'head',
      seq: '1',
      after: { headSeq: '1', attempts: 1 },
    });
    expect(await drain(queue)).toEqual(['1', '2']);
    expect(await messagesOf(queue)).toMatchObject([{ attempts: 2 }, { attempts: 2 }]);
  });

  it('counts the attempts of every message on, however often they change places', async () => {
    const { queue, ids } = await scene(2);
    await operations.skip(queue.queueId, id(ids, 1), ANA);
    await fail(queue);
    await operations.unskip(queue.queueId, id(ids, 1), ANA);
    await operations.skip(queue.queueId, id(ids, 1), ANA);
    expect((await fixture.claimed(queue)).attempts).toBe(1);
  });

  it('passes over what was skipped later and is still parked', async () => {
    const { queue, ids } = await scene(4);
    for (const n of [1, 2, 3]) await operations.skip(queue.queueId, id(ids, n), ANA);
    await operations.unskip(queue.queueId, id(ids, 1), ANA);
    expect(await operations.unskip(queue.queueId, id(ids, 3), ANA)).toMatchObject({
      place: 'in_order',
    });
    expect(await drain(queue)).toEqual(['1', '3', '4']);
    expect(await statusesOf(queue)).toEqual(['DELIVERED', 'PARKED', 'DELIVERED', 'DELIVERED']);
  });

  it('puts it at the back once something behind it was delivered, with the same id and date', async () => {
    const { queue, ids } = await scene(3);
    await operations.skip(queue.queueId, id(ids, 1), ANA);
    await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    const dryRun = await operations.unskip(queue.queueId, id(ids, 1), { ...ANA, dryRun: true });
    expect(dryRun).toMatchObject({ verdict: 'changed', place: 'back', after: { tailSeq: '4' } });
    const result = await operations.unskip(queue.queueId, id(ids, 1), ANA);
    expect(result).toMatchObject({ place: 'back', seq: '4' });
    expect(await drain(queue)).toEqual(['3', '1']);
    const messages = await messagesOf(queue);
    expect(messages.map(({ status }) => status)).toEqual([
      'REQUEUED',
      'DELIVERED',
      'DELIVERED',
      'DELIVERED',
    ]);
    expect(messages[3]).toMatchObject({
      messageId: id(ids, 1),
      enqueuedAt: messages[0]?.enqueuedAt,
      origin: 'requeue',
    });
  });

  it('waits for the request under way behind it, and is decided by what becomes of that', async () => {
    for (const [outcome, place] of [
      [{ outcome: REJECTED }, 'head'],
      [{ keep: false }, 'back'],
    ] as const) {
      const { queue, ids } = await scene(3);
      await operations.skip(queue.queueId, id(ids, 1), ANA);
      const lease = await fixture.claimed(queue);
      const undoing = operations.unskip(queue.queueId, id(ids, 1), ANA);
      await settleOne(fixture.store(), lease, outcome);
      expect(await undoing).toMatchObject({ verdict: 'changed', place });
    }
  });

  it('waits for whoever is about to pass over it, and is never lost between the two', async () => {
    const { queue, ids } = await scene(3);
    for (const n of [1, 2]) await operations.skip(queue.queueId, id(ids, n), ANA);
    await operations.unskip(queue.queueId, id(ids, 1), ANA);
    await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    const passing = await fixture.claimed(queue);
    expect(passing.head).toMatchObject({ seq: '2', removed: true });
    const dryRun = await operations.unskip(queue.queueId, id(ids, 2), { ...ANA, dryRun: true });
    expect(dryRun.verdict).toBe('in_flight');
    await fixture.set(queue, `lease_until = clock_timestamp() - interval '1 ms'`);
    await operations.unskip(queue.queueId, id(ids, 2), ANA);
    const late = await settleOne(fixture.store(), passing, { outcome: { kind: 'discarded' } });
    expect(late).toBeUndefined();
    expect(await drain(queue)).toEqual(['2', '3']);
  });

  it('refuses what is not parked, and what nobody subscribes to any more', async () => {
    const { queue, ids } = await scene(2);
    const undo = () => operations.unskip(queue.queueId, id(ids, 1), ANA);
    expect(await undo()).toMatchObject({ verdict: 'not_parked' });
    await operations.skip(queue.queueId, id(ids, 1), ANA);
    await new WebhookSubscriptionsStore(fixture.dataSource).remove(queue.webhookId);
    expect(await undo()).toMatchObject({ verdict: 'webhook_removed' });
  });

  it('can be skipped and undone again and again, also after it went to the back', async () => {
    const { queue, ids } = await scene(2);
    await operations.skip(queue.queueId, id(ids, 1), ANA);
    await drain(queue);
    await operations.unskip(queue.queueId, id(ids, 1), ANA);
    expect(await operations.skip(queue.queueId, id(ids, 1), ANA)).toMatchObject({ seq: '3' });
    expect(await operations.unskip(queue.queueId, id(ids, 1), ANA)).toMatchObject({
      place: 'head',
      seq: '3',
    });
    expect(await drain(queue)).toEqual(['1']);
  });
});

describe('discarding', () => {
  it('takes the head out, and the queue goes on', async () => {
    const { queue, ids } = await scene(2);
    await operations.discard(queue.queueId, id(ids, 1), ANA);
    expect(await drain(queue)).toEqual(['2']);
    expect(await statusesOf(queue)).toEqual(['DISCARDED', 'DELIVERED']);
  });

  it('takes a waiting message out; it is passed over when its turn comes, without an attempt', async () => {
    const { queue, ids } = await scene(4);
    await operations.discard(queue.queueId, id(ids, 3), ANA);
    expect(await statusesOf(queue)).toEqual(['QUEUED', 'QUEUED', 'DISCARDED', 'QUEUED']);
    expect(await drain(queue)).toEqual(['1', '2', '4']);
    expect((await messagesOf(queue))[2]).toMatchObject({ status: 'DISCARDED', attempts: 0 });
    const attempts = await fixture.database.query(
      'SELECT seq FROM delivery_attempt WHERE queue_id = $1 AND seq = 3',
      [queue.queueId],
    );
    expect(attempts).toEqual([]);
  });

  it('takes a parked message out for good', async () => {
    const { queue, ids } = await scene(2);
    await operations.skip(queue.queueId, id(ids, 1), ANA);
    expect(await operations.discard(queue.queueId, id(ids, 1), ANA)).toMatchObject({
      verdict: 'changed',
    });
    expect(await operations.unskip(queue.queueId, id(ids, 1), ANA)).toMatchObject({
      verdict: 'not_parked',
    });
    expect(await statusesOf(queue)).toEqual(['DISCARDED', 'QUEUED']);
  });

  it('is done once, and not to what was delivered', async () => {
    const { queue, ids } = await scene(3);
    const discard = (n: number) => operations.discard(queue.queueId, id(ids, n), ANA);
    await discard(2);
    expect(await discard(2)).toMatchObject({ verdict: 'unchanged' });
    await drain(queue);
    expect(await discard(3)).toMatchObject({ verdict: 'not_waiting' });
  });
});
