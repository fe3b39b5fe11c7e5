import { QueueOperationsStore, type QueueLease, type ReplayRange } from '@app/queue';
import { WebhookSubscriptionsStore } from '@app/subscriptions';
import { seedWebhook, waitFor } from '@app/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  messageFor,
  messagesFor,
  QueueFixture,
  settleOne,
  type TestQueue,
} from '../queue-fixture.js';

const ANA = { actor: 'ana', reason: 'the receiver lost a day' };
const ALWAYS: ReplayRange = { from: new Date(0), to: new Date('2100-01-01T00:00:00Z') };

let fixture: QueueFixture;
let operations: QueueOperationsStore;
beforeAll(async () => {
  fixture = await QueueFixture.create();
  operations = new QueueOperationsStore(fixture.dataSource);
});
afterAll(() => fixture?.drop());

/** Delivers whatever the queue has, and returns the heads. */
async function drain(queue: TestQueue): Promise<QueueLease['head'][]> {
  const heads: QueueLease['head'][] = [];
  const store = fixture.store();
  for (let [lease] = await store.claim([queue.queueId]); lease;) {
    heads.push(lease.head);
    lease = (await settleOne(store, lease))?.next;
  }
  return heads;
}

const bodies = (heads: readonly QueueLease['head'][]): string[] =>
  heads.map(({ body }) => body.toString());

describe('a replay', () => {
  it('sends what was delivered once more, in order, behind what waits, with the same ids and dates', async () => {
    const queue = await fixture.filledQueue(3);
    const first = await drain(queue);
    await fixture.enqueue(messagesFor(queue, 1, 4));
    expect(await operations.replay(queue.queueId, ALWAYS, ANA)).toMatchObject({
      verdict: 'changed',
      messages: 3,
      firstSeq: '5',
      after: { headSeq: '4', tailSeq: '7' },
    });
    const again = await drain(queue);
    expect(bodies(again)).toEqual(['4', '1', '2', '3']);
    const identity = ({ messageId, enqueuedAt, webhookId, endPoint }: QueueLease['head']) => ({
      messageId,
      enqueuedAt,
      webhookId,
      endPoint,
    });
    expect(again.slice(1).map(identity)).toEqual(first.map(identity));
    expect(again.map(({ origin }) => origin)).toEqual(['event', 'replay', 'replay', 'replay']);
  });

  it('has what was enqueued from the one time on and before the other', async () => {
    const queue = await fixture.queue();
    const dates: Date[] = [];
    for (const body of ['1', '2', '3', '4']) {
      const [stored] = await fixture.enqueue([messageFor(queue, body)]);
      if (!stored) throw new Error('it was not stored');
      dates.push(stored.enqueuedAt);
      await waitFor(async () => {
        const clock = await fixture.database.one<{ now: Date }>('SELECT clock_timestamp() AS now');
        return clock.now > stored.enqueuedAt;
      });
    }
    await drain(queue);
    const [, from = new Date(), , to = new Date()] = dates;
    await operations.replay(queue.queueId, { from, to }, ANA);
    expect(bodies(await drain(queue))).toEqual(['2', '3']);
  });

  it('leaves out what waits, was parked or discarded, and copies and tests', async () => {
    const queue = await fixture.filledQueue(5);
    const ids = await fixture.database.query<{ id: string }>(
      'SELECT message_id AS id FROM integration_queue_message WHERE queue_id = $1 ORDER BY seq',
      [queue.queueId],
    );
    const idOf = (n: number): string => ids[n - 1]?.id ?? '';
    await operations.skip(queue.queueId, idOf(1), ANA);
    await operations.discard(queue.queueId, idOf(2), ANA);
    await fixture.database.query(
      `SELECT append_test_message($1, $2, 'INTEGRATION', $3, 'order/created', '{}')`,
      [queue.webhookId, queue.queueId, randomUUID()],
    );
    await drain(queue);
    await fixture.enqueue(messagesFor(queue, 1, 6));
    await operations.replay(queue.queueId, ALWAYS, ANA);
    expect(bodies(await drain(queue))).toEqual(['6', '3', '4', '5']);
    await operations.replay(queue.queueId, ALWAYS, ANA);
    expect(bodies(await drain(queue))).toEqual(['3', '4', '5', '6']);
  });

  it('has what was parked and then delivered from the back, in its first place', async () => {
    const queue = await fixture.filledQueue(3);
    const [first] = await fixture.database.query<{ id: string }>(
      'SELECT message_id AS id FROM integration_queue_message WHERE queue_id = $1 AND seq = 1',
      [queue.queueId],
    );
    await operations.skip(queue.queueId, first?.id ?? '', ANA);
    await settleOne(fixture.store(), await fixture.claimed(queue), { keep: false });
    await operations.unskip(queue.queueId, first?.id ?? '', ANA);
    const early = await operations.replay(queue.queueId, ALWAYS, { ...ANA, dryRun: true });
    expect(early).toMatchObject({ messages: 1 });
    expect(bodies(await drain(queue))).toEqual(['3', '1']);
    await operations.replay(queue.queueId, ALWAYS, ANA);
    expect(bodies(await drain(queue))).toEqual(['1', '2', '3']);
  });

  it('leaves out messages of a webhook that was removed, and can be limited to one', async () => {
    const queue = await fixture.queue();
    const { queueId: integrationId } = queue;
    const [orders, stock] = [
      await seedWebhook(fixture.dataSource, { integrationId, type: 'order/created' }),
      await seedWebhook(fixture.dataSource, { integrationId, type: 'order/updated' }),
    ];
    await fixture.enqueue([
      messageFor(queue, '1'),
      { ...messageFor(queue, '2'), webhookId: orders },
      { ...messageFor(queue, '3'), webhookId: stock },
    ]);
    await drain(queue);
    await operations.replay(integrationId, { ...ALWAYS, webhookId: orders }, ANA);
    expect(bodies(await drain(queue))).toEqual(['2']);
    await new WebhookSubscriptionsStore(fixture.dataSource).remove(orders);
    await operations.replay(integrationId, ALWAYS, ANA);
    expect(bodies(await drain(queue))).toEqual(['1', '3']);
  });

  it('to another endpoint takes no custom headers along', async () => {
    const { queueId: integrationId, organizationId } = await fixture.queue();
    const headers = { Authorization: 'secret' };
    const webhookId = await seedWebhook(fixture.dataSource, {
      integrationId,
      type: 'order/created',
      headers,
    });
    const queue = { queueId: integrationId, organizationId, webhookId };
    await fixture.enqueue([messageFor(queue, '1')]);
    await drain(queue);
    const endPoint = 'https://elsewhere.example/';
    await operations.replay(integrationId, { ...ALWAYS, endPoint }, ANA);
    await operations.replay(integrationId, ALWAYS, ANA);
    expect(await drain(queue)).toMatchObject([
      { endPoint, headers: {}, webhookId },
      { endPoint: 'http://127.0.0.1:1/', headers },
    ]);
  });

  it('counts in a dry run, and copies nothing', async () => {
    const queue = await fixture.filledQueue(2);
    await drain(queue);
    expect(await operations.replay(queue.queueId, ALWAYS, { ...ANA, dryRun: true })).toMatchObject({
      verdict: 'changed',
      after: { tailSeq: '4' },
      messages: 2,
    });
    expect(await fixture.row(queue)).toMatchObject({ tail_seq: '2' });
  });

  it('of one request is made once', async () => {
    const queue = await fixture.filledQueue(2);
    await drain(queue);
    const request = { ...ANA, requestId: randomUUID() };
    await operations.replay(queue.queueId, ALWAYS, request);
    await drain(queue);
    const again = await operations.replay(queue.queueId, ALWAYS, request);
    expect(again).toMatchObject({ repeated: true, messages: 2 });
    expect(await drain(queue)).toEqual([]);
  });

  it('says so where there is nothing, and where there is too much for one', async () => {
    const queue = await fixture.filledQueue(2);
    await drain(queue);
    const past = { from: new Date(0), to: new Date(1) };
    expect(await operations.replay(queue.queueId, past, ANA)).toMatchObject({
      verdict: 'nothing_found',
    });
    const [row] = await fixture.database.query<{ result: object }>(
      `SELECT operate_queue('replay', $1, $2, 'ana', NULL, NULL, false) AS result`,
      [queue.queueId, { from: '2000-01-01', to: '2100-01-01', limit: 1 }],
    );
    expect(row?.result).toMatchObject({ verdict: 'too_many', limit: 1, after: { tailSeq: '2' } });
  });
});
