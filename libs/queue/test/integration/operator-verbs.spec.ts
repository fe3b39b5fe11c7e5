import { QueueNotFoundError, QueueOperationsStore, RequestIdUsedError } from '@app/queue';
import { waitFor } from '@app/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DELIVERED, QueueFixture, REJECTED, settleOne, type TestQueue } from '../queue-fixture.js';

const ANA = { actor: 'ana', reason: 'maintenance' };

let fixture: QueueFixture;
let operations: QueueOperationsStore;
beforeAll(async () => {
  fixture = await QueueFixture.create();
  operations = new QueueOperationsStore(fixture.dataSource);
});
afterAll(() => fixture?.drop());

async function blockedQueue(messages = 2): Promise<TestQueue> {
  const queue = await fixture.filledQueue(messages);
  await settleOne(fixture.store(), await fixture.claimed(queue), { outcome: REJECTED });
  return queue;
}

const actionsOn = ({ queueId }: TestQueue) =>
  fixture.database.query(
    `SELECT actor, action, reason, before, after, result->>'verdict' AS verdict
     FROM operator_action WHERE queue_id = $1 ORDER BY id`,
    [queueId],
  );

describe('a paused queue', () => {
  it('accepts messages and has none taken up, until it is resumed', async () => {
    const queue = await fixture.filledQueue(1);
    expect(await operations.pause(queue.queueId, ANA)).toMatchObject({ verdict: 'changed' });
    expect(await fixture.store().claim([queue.queueId])).toEqual([]);
    expect(await operations.resume(queue.queueId, ANA)).toMatchObject({ verdict: 'changed' });
    expect((await fixture.claimed(queue)).head.seq).toBe('1');
  });

  it('is given back after the message that was under way, and only then the pause is answered', async () => {
    const queue = await fixture.filledQueue(2);
    const lease = await fixture.claimed(queue);
    let answered = false;
    const pausing = operations.pause(queue.queueId, ANA).then(() => (answered = true));
    await waitFor(async () => {
      const [row] = await fixture.database.query<{ paused: boolean }>(
        'SELECT paused_at IS NOT NULL AS paused FROM integration_queue WHERE queue_id = $1',
        [queue.queueId],
      );
      return row?.paused;
    });
    expect(answered).toBe(false);
    const settled = await settleOne(fixture.store(), lease, { outcome: DELIVERED, keep: true });
    expect(settled).toMatchObject({ next: undefined, more: true });
    await pausing;
    expect(await fixture.store().claim([queue.queueId])).toEqual([]);
  });

  it('is paused once, and resumed once, however often that is asked', async () => {
    const queue = await fixture.filledQueue(1);
    await operations.pause(queue.queueId, ANA);
    const { pausedAt } = (await operations.pause(queue.queueId, ANA)).after;
    expect(await operations.pause(queue.queueId, ANA)).toMatchObject({
      verdict: 'unchanged',
      after: { pausedAt },
    });
    await operations.resume(queue.queueId, ANA);
    expect(await operations.resume(queue.queueId, ANA)).toMatchObject({ verdict: 'unchanged' });
    expect((await actionsOn(queue)).map(({ action }) => action)).toEqual(['pause', 'resume']);
  });

  it('is not tried by an unblock before it is resumed', async () => {
    const queue = await blockedQueue();
    await operations.pause(queue.queueId, ANA);
    await operations.unblock(queue.queueId, ANA);
    expect(await fixture.store().claim([queue.queueId])).toEqual([]);
    await operations.resume(queue.queueId, ANA);
    expect((await fixture.claimed(queue)).status).toBe('BLOCKED');
  });
});

describe('an unblock while an attempt is under way', () => {
  it.each([true, false])('is kept when that fails (probe: %s)', async (probe) => {
    const queue = await blockedQueue();
    await operations.unblock(queue.queueId, ANA);
    const store = fixture.store({ probe });
    const lease = await fixture.claimed(queue, store);
    const dryRun = await operations.unblock(queue.queueId, { ...ANA, dryRun: true });
    expect(dryRun.verdict).toBe('in_flight');
    const asking = operations.unblock(queue.queueId, ANA);
    await settleOne(store, lease, { outcome: REJECTED, retryInMs: 60_000 });
    expect(await asking).toMatchObject({ verdict: 'changed' });
    expect(await store.claim([queue.queueId])).toHaveLength(1);
  });
});

describe('the record of actions', () => {
  it('says who did what, why, and how the queue was before and after', async () => {
    const queue = await blockedQueue();
    const result = await operations.unblock(queue.queueId, ANA);
    const [action] = await actionsOn(queue);
    expect(action).toEqual({
      ...ANA,
      action: 'unblock',
      verdict: 'changed',
      before: result.before,
      after: { ...result.before, dueAt: '-infinity' },
    });
    expect(result.after).toEqual(action?.after);
  });

  it('has nothing of what changed nothing', async () => {
    const queue = await fixture.filledQueue(1);
    expect(await operations.unblock(queue.queueId, ANA)).toMatchObject({ verdict: 'not_blocked' });
    expect(await operations.resume(queue.queueId, ANA)).toMatchObject({ verdict: 'unchanged' });
    expect(await actionsOn(queue)).toEqual([]);
  });
});

describe('a dry run', () => {
  it('says what would happen, and does not', async () => {
    const queue = await blockedQueue();
    const before = await fixture.row(queue);
    const { verdict, after } = await operations.unblock(queue.queueId, { ...ANA, dryRun: true });
    expect([verdict, after.dueAt]).toEqual(['changed', '-infinity']);
    const paused = await operations.pause(queue.queueId, { ...ANA, dryRun: true });
    expect(paused.after.pausedAt).not.toBeNull();
    expect(await fixture.row(queue)).toEqual({ ...before, due_in: expect.any(Number) });
    expect(await actionsOn(queue)).toEqual([]);
  });

  it('leaves the id of its request for the deed', async () => {
    const queue = await blockedQueue();
    const request = { ...ANA, requestId: randomUUID() };
    await operations.pause(queue.queueId, { ...request, dryRun: true });
    expect(await operations.pause(queue.queueId, request)).toMatchObject({
      verdict: 'changed',
      repeated: false,
    });
  });
});

describe('a request id', () => {
  it('gets the first answer again, although the queue has changed since', async () => {
    const queue = await fixture.filledQueue(1);
    const request = { ...ANA, requestId: randomUUID() };
    const first = await operations.pause(queue.queueId, request);
    await operations.resume(queue.queueId, ANA);
    expect(await operations.pause(queue.queueId, request)).toEqual({ ...first, repeated: true });
    expect(await fixture.store().claim([queue.queueId])).toHaveLength(1);
  });

  it('of which two come at the same time acts once', async () => {
    const queue = await fixture.filledQueue(1);
    const request = { ...ANA, requestId: randomUUID() };
    const both = await Promise.all([
      operations.pause(queue.queueId, request),
      operations.pause(queue.queueId, request),
    ]);
    expect(both.map(({ verdict }) => verdict)).toEqual(['changed', 'changed']);
    expect(both.filter(({ repeated }) => repeated)).toHaveLength(1);
    expect(await actionsOn(queue)).toHaveLength(1);
  });

  it('is refused for another verb, queue or argument', async () => {
    const [queue, other] = [await blockedQueue(), await blockedQueue()];
    const request = { ...ANA, requestId: randomUUID() };
    const settings = { mode: 'manual', backoffMinMs: null, backoffMaxMs: null } as const;
    await operations.setRecovery(queue.queueId, settings, request);
    const refused = [
      () => operations.pause(queue.queueId, request),
      () => operations.setRecovery(other.queueId, settings, request),
      () => operations.setRecovery(queue.queueId, { ...settings, mode: 'probe' }, request),
    ];
    for (const each of refused) await expect(each()).rejects.toBeInstanceOf(RequestIdUsedError);
  });
});

describe('a queue that does not exist', () => {
  it('is refused by its name', async () => {
    const queueId = randomUUID();
    await expect(operations.pause(queueId, ANA)).rejects.toThrow(queueId);
    await expect(operations.pause(queueId, ANA)).rejects.toBeInstanceOf(QueueNotFoundError);
  });
});
