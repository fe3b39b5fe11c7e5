import {
  IntegrationQueueEntity,
  IntegrationQueueMessageEntity,
  QueueOperationsStore,
  QueueNotFoundError,
} from '@app/queue';
import { WebhookSubscriptionsStore } from '@app/subscriptions';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  messagesFor,
  QueueFixture,
  REJECTED,
  settleOne,
  type TestQueue,
} from '../queue-fixture.js';

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

const statesOf = ({ queueId }: TestQueue): Promise<IntegrationQueueMessageEntity[]> =>
  fixture.dataSource
    .getRepository(IntegrationQueueMessageEntity)
    .find({ where: { integrationId: queueId }, order: { seq: 'ASC' } });

const fail = async (queue: TestQueue): Promise<void> => {
  await settleOne(fixture.store(), await fixture.claimed(queue), {
    outcome: REJECTED,
    retryInMs: 0,
  });
};

const discard = async (queue: TestQueue): Promise<void> => {
  await settleOne(fixture.store(), await fixture.claimed(queue), {
    outcome: { kind: 'discarded' },
    keep: false,
  });
};

describe('the state of a message', () => {
  it('is QUEUED and untried at first, in a queue that waits', async () => {
    const queue = await fixture.filledQueue(2);
    const [first, second] = await statesOf(queue);
    expect(first).toMatchObject({
      integrationId: queue.queueId,
      seq: '1',
      webhookId: queue.webhookId,
      type: 'order/created',
      enqueuedAt: expect.any(Date),
      status: 'QUEUED',
      attempts: 0,
      lastTriedAt: null,
      lastErrorMessage: null,
    });
    expect(second).toMatchObject({ seq: '2', status: 'QUEUED' });
  });

  it('tells when a failed head was last tried and why that failed, and leaves the others alone', async () => {
    const queue = await fixture.filledQueue(2);
    await fail(queue);
    await fail(queue);
    const { last_tried_at } = await fixture.row(queue);
    const [first, second] = await statesOf(queue);
    expect(first).toMatchObject({
      status: 'QUEUED',
      attempts: 2,
      lastTriedAt: last_tried_at,
      lastErrorMessage: REJECTED.message,
    });
    expect(second).toMatchObject({ attempts: 0, lastTriedAt: null, lastErrorMessage: null });
  });

  it('is DELIVERED once the head has passed it, without the error of earlier attempts', async () => {
    const queue = await fixture.filledQueue(2);
    await fail(queue);
    await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    expect(await statesOf(queue)).toMatchObject([
      { status: 'DELIVERED', attempts: 2, lastErrorMessage: null, lastTriedAt: expect.any(Date) },
      { status: 'QUEUED', attempts: 0 },
    ]);
  });

  it('is DISCARDED from the removal of its subscription on, but what was delivered stays so', async () => {
    const queue = await fixture.filledQueue(3);
    await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    await fail(queue);
    await new WebhookSubscriptionsStore(fixture.dataSource).remove(queue.webhookId);
    const statuses = ['DELIVERED', 'DISCARDED', 'DISCARDED'];
    expect((await statesOf(queue)).map((state) => state.status)).toEqual(statuses);
    await discard(queue);
    await discard(queue);
    const states = await statesOf(queue);
    expect(states.map((state) => state.status)).toEqual(statuses);
    // Discarding is no attempt: what the receiver last answered stays to be seen.
    expect(states[1]).toMatchObject({ attempts: 1, lastErrorMessage: REJECTED.message });
    expect(states[2]).toMatchObject({ attempts: 0, lastTriedAt: null });
  });
});

describe('unblocking', () => {
  const operations = () => new QueueOperationsStore(fixture.dataSource);

  it('makes the failed head due at once, in manual recovery too, and is written down', async () => {
    const queue = await fixture.filledQueue(2);
    const manual = fixture.store({ probe: false });
    await settleOne(manual, await fixture.claimed(queue), { outcome: REJECTED });
    expect(await manual.claim([queue.queueId])).toEqual([]);
    const operator = { actor: 'ana', reason: 'the receiver is back' };
    const { verdict } = await operations().unblock(queue.queueId, operator);
    expect(verdict).toBe('changed');
    const lease = await fixture.claimed(queue, manual);
    expect(lease).toMatchObject({ status: 'BLOCKED', attempts: 1, head: { seq: '1' } });
    const actions = await fixture.database.query(
      `SELECT actor, action, reason, before->>'status' AS before, after->>'dueAt' AS due
       FROM operator_action WHERE queue_id = $1`,
      [queue.queueId],
    );
    expect(actions).toEqual([
      { ...operator, action: 'unblock', before: 'BLOCKED', due: '-infinity' },
    ]);
  });

  it('does nothing to a queue that is not blocked, and says so', async () => {
    const queue = await fixture.queue();
    await fixture.enqueue(messagesFor(queue, 1));
    const before = await fixture.dataSource
      .getRepository(IntegrationQueueEntity)
      .findOneByOrFail({ queueId: queue.queueId });
    const { verdict } = await operations().unblock(queue.queueId, { actor: 'ana' });
    expect(verdict).toBe('not_blocked');
    const after = await fixture.dataSource
      .getRepository(IntegrationQueueEntity)
      .findOneByOrFail({ queueId: queue.queueId });
    expect(after).toEqual(before);
    const actions = await fixture.database.query(
      'SELECT FROM operator_action WHERE queue_id = $1',
      [queue.queueId],
    );
    expect(actions).toEqual([]);
  });

  it('refuses a queue that does not exist', async () => {
    const unblocking = operations().unblock(randomUUID(), { actor: 'ana' });
    await expect(unblocking).rejects.toBeInstanceOf(QueueNotFoundError);
  });
});
