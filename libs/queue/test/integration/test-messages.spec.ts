import { randomUUID } from 'node:crypto';
import { DeliveryAttemptsQuery, TestMessagesStore } from '@app/queue';
import { IntegrationType, WebhookSubscriptionsStore, type WebhookOwner } from '@app/subscriptions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messagesFor, QueueFixture, settleOne, type TestQueue } from '../queue-fixture.js';

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

const ownerOf = ({ queueId }: TestQueue): WebhookOwner => ({
  integrationId: queueId,
  integrationType: IntegrationType.INTEGRATION,
});

const test = (messageId: string = randomUUID()) =>
  ({ messageId, type: 'order/created', body: Buffer.from('{"test":1}') }) as const;

const append = (queue: TestQueue, message = test(), owner = ownerOf(queue)) =>
  new TestMessagesStore(fixture.dataSource).append(queue.webhookId, owner, message);

describe('a test message', () => {
  it('waits behind what waits, and is found by its sender as what it is', async () => {
    const queue = await fixture.filledQueue(2);
    const message = test();
    const date = await append(queue, message);
    await fixture.enqueue(messagesFor(queue, 1, 3));
    expect(await fixture.stored(queue)).toEqual({
      seqs: [1, 2, 3, 4],
      bodies: ['1', '2', '{"test":1}', '3'],
    });
    for (const _ of [1, 2]) {
      await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    }
    const lease = await fixture.claimed(queue);
    expect(lease.head).toMatchObject({ ...message, origin: 'test', enqueuedAt: date });
    await settleOne(fixture.store(), lease, { keep: false });
    const { webhookId, queueId } = queue;
    const attempts = await new DeliveryAttemptsQuery(fixture.dataSource).execute({
      webhookId,
      queueId,
      limit: 2,
    });
    expect(attempts.map(({ isTest }) => isTest)).toEqual([true, false]);
  });

  it('is not appended to a webhook that is removed, unknown, or of another owner', async () => {
    const [queue, other] = [await fixture.queue(), await fixture.queue()];
    expect(await append({ ...queue, webhookId: randomUUID() })).toBeUndefined();
    expect(await append({ ...queue, webhookId: other.webhookId })).toBeUndefined();
    const client = { ...ownerOf(queue), integrationType: IntegrationType.OAUTH_CLIENT };
    expect(await append(queue, test(), client)).toBeUndefined();
    await new WebhookSubscriptionsStore(fixture.dataSource).remove(queue.webhookId);
    expect(await append(queue)).toBeUndefined();
    for (const each of [queue, other]) {
      expect(await fixture.stored(each)).toEqual({ seqs: [], bodies: [] });
    }
  });
});
