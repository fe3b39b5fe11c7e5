import { QueueOperationsStore } from '@app/queue';
import {
  readEnvelope,
  seedWebhook,
  TestReceiver,
  waitFor,
  type ReceivedRequest,
} from '@app/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  messagesFor,
  QueueFixture,
  REJECTED,
  settleOne,
  type TestQueue,
} from '../queue-fixture.js';
import { eventFor, Replica, upTo } from '../replica.js';

const ANA = { actor: 'ana', reason: 'the receiver cannot read it' };

let fixture: QueueFixture;
let operations: QueueOperationsStore;
let receiver: TestReceiver;
const replicas: Replica[] = [];
beforeAll(async () => {
  fixture = await QueueFixture.create();
  operations = new QueueOperationsStore(fixture.dataSource);
  receiver = await TestReceiver.start();
});
afterEach(() => Promise.all(replicas.splice(0).map((replica) => replica.stop())));
afterAll(async () => {
  await receiver.close();
  await fixture.drop();
});

function replica(): Replica {
  const started = new Replica(fixture.dataSource, { sweepMs: 20 });
  replicas.push(started);
  return started;
}

let paths = 0;
const newPath = (): string => `/${(paths += 1)}`;

async function queueAt(path: string): Promise<TestQueue> {
  return fixture.queue(receiver.url(path));
}

const headerOf = ({ headers }: ReceivedRequest, name: string): string | null =>
  (headers[`x-happycolis-${name}`] as string | undefined) ?? null;

/** `sequence<previous` of each request, and what was skipped between them. */
const chain = (path: string): string[] =>
  receiver.requestsTo(path).map((request) => {
    const skipped = headerOf(request, 'skipped-sequences');
    const place = `${headerOf(request, 'sequence')}<${headerOf(request, 'previous-sequence')}`;
    return skipped === null ? place : `${place} without ${skipped}`;
  });

const arrived = (path: string, count: number) => receiver.waitForCount(count, { path });

const idAt = async ({ queueId }: TestQueue, seq: number): Promise<string> => {
  const { id } = await fixture.database.one<{ id: string }>(
    'SELECT message_id AS id FROM integration_queue_message WHERE queue_id = $1 AND seq = $2',
    [queueId, seq],
  );
  return id;
};

/** The first so many messages are on record as delivered. */
const recorded = (queue: TestQueue, count: number) =>
  waitFor(async () => Number((await fixture.row(queue)).head_seq) > count);

const blocked = (queue: TestQueue) =>
  waitFor(async () => (await fixture.row(queue)).status === 'BLOCKED');

describe('the positions that requests carry', () => {
  it('run from 1 without gaps, whether a queue was idle, busy, or taken over by another replica', async () => {
    const path = newPath();
    const queue = await queueAt(path);
    const first = replica();
    await first.publish(queue, [1]);
    await arrived(path, 1);
    await first.publish(queue, upTo(50));
    await arrived(path, 51);
    await first.stop();
    await replica().publish(queue, upTo(30));
    await arrived(path, 81);
    expect(chain(path)).toEqual(upTo(81).map((n) => `${n}<${n - 1}`));
  });

  it('lead from one message of a webhook to its next, past those of other webhooks of the queue', async () => {
    const [path, other] = [newPath(), newPath()];
    const queue = await queueAt(path);
    await fixture.database.query(
      `UPDATE integration_webhook SET type = 'order/created' WHERE id = $1`,
      [queue.webhookId],
    );
    await seedWebhook(fixture.dataSource, {
      integrationId: queue.queueId,
      type: 'order/updated',
      endPoint: receiver.url(other),
    });
    const types = ['order/created', 'order/updated', 'order/updated', 'order/created'] as const;
    const sender = replica();
    for (let round = 0; round < 10; round += 1) {
      await sender.processor.process(types.map((type, n) => ({ ...eventFor(queue, n), type })));
    }
    await Promise.all([arrived(path, 20), arrived(other, 20)]);
    const rounds = upTo(10).map((round) => 4 * (round - 1));
    expect(chain(path)).toEqual(
      rounds.flatMap((before) => [`${before + 1}<${before}`, `${before + 4}<${before + 1}`]),
    );
    expect(chain(other)).toEqual(
      rounds.flatMap((before) => [
        `${before + 2}<${before === 0 ? 0 : before - 1}`,
        `${before + 3}<${before + 2}`,
      ]),
    );
  });

  it('are the same at every attempt', async () => {
    const path = newPath();
    const queue = await queueAt(path);
    receiver.script(path, { kind: 'answer' }, { kind: 'answer', status: 503 }, { kind: 'answer' });
    await replica().publish(queue, upTo(3));
    await blocked(queue);
    await operations.unblock(queue.queueId, ANA);
    await arrived(path, 4);
    expect(chain(path)).toEqual(['1<0', '2<1', '2<1', '3<2']);
  });

  it('of a webhook that was there before say nothing of what came before, until something was delivered', async () => {
    const path = newPath();
    const queue = await queueAt(path);
    await fixture.database.query('INSERT INTO webhook_position (webhook_id) VALUES ($1)', [
      queue.webhookId,
    ]);
    const sender = replica();
    await sender.publish(queue, [1]);
    await arrived(path, 1);
    await waitFor(async () => !(await fixture.row(queue)).leased);
    await sender.publish(queue, [2]);
    await arrived(path, 2);
    expect(chain(path)).toEqual(['1<null', '2<1']);
  });
});

/** A queue of so many messages whose first one was refused, and nobody who sends. */
async function blockedQueue(path: string, messages: number): Promise<TestQueue> {
  const queue = await queueAt(path);
  const store = fixture.store();
  await fixture.ingest().ingest({
    messages: messagesFor(queue, messages),
    deadLetters: [],
    locations: [],
  });
  await settleOne(store, await fixture.claimed(queue, store), { outcome: REJECTED, retryInMs: 0 });
  return queue;
}

describe('what an operator set aside', () => {
  it('is announced by the next delivery, and by no later one', async () => {
    const path = newPath();
    const queue = await blockedQueue(path, 6);
    await operations.skip(queue.queueId, await idAt(queue, 1), ANA);
    for (const seq of [3, 4]) await operations.discard(queue.queueId, await idAt(queue, seq), ANA);
    replica();
    await arrived(path, 3);
    expect(chain(path)).toEqual(['2<0 without 1', '5<2 without 3-4', '6<5']);
  });

  it('is announced to a queue that was empty behind it, too', async () => {
    const path = newPath();
    const queue = await blockedQueue(path, 1);
    await operations.skip(queue.queueId, await idAt(queue, 1), ANA);
    await replica().publish(queue, upTo(2));
    await arrived(path, 2);
    expect(chain(path)).toEqual(['2<0 without 1', '3<2']);
  });

  it('is no gap once it was put back at the head', async () => {
    const path = newPath();
    const queue = await blockedQueue(path, 3);
    const id = await idAt(queue, 1);
    await operations.skip(queue.queueId, id, ANA);
    await operations.unskip(queue.queueId, id, ANA);
    replica();
    await arrived(path, 3);
    expect(chain(path)).toEqual(['1<0', '2<1', '3<2']);
  });

  it('and put back at the end comes with a new position and its old id', async () => {
    const path = newPath();
    const queue = await blockedQueue(path, 3);
    const id = await idAt(queue, 1);
    await operations.skip(queue.queueId, id, ANA);
    replica();
    await arrived(path, 2);
    await waitFor(
      async () => (await operations.unskip(queue.queueId, id, ANA)).verdict === 'changed',
    );
    const requests = await arrived(path, 3);
    expect(chain(path)).toEqual(['2<0 without 1', '3<2', '4<3']);
    expect(
      requests.at(-1) && readEnvelope(requests.at(-1)?.body ?? Buffer.of()).header,
    ).toMatchObject({
      messageId: id,
    });
  });
});

describe('a replay', () => {
  const ALWAYS = { from: new Date(0), to: new Date('2100-01-01T00:00:00Z') };

  it('to the webhook goes on with its chain', async () => {
    const path = newPath();
    const queue = await queueAt(path);
    const sender = replica();
    await sender.publish(queue, upTo(2));
    await arrived(path, 2);
    await recorded(queue, 2);
    await operations.replay(queue.queueId, ALWAYS, ANA);
    await arrived(path, 4);
    expect(chain(path)).toEqual(['1<0', '2<1', '3<2', '4<3']);
  });

  it('to another endpoint is no part of what either gets', async () => {
    const [path, other] = [newPath(), newPath()];
    const queue = await queueAt(path);
    const sender = replica();
    await sender.publish(queue, upTo(2));
    await arrived(path, 2);
    const range = { ...ALWAYS, endPoint: receiver.url(other) };
    await recorded(queue, 2);
    await operations.replay(queue.queueId, range, ANA);
    await arrived(other, 2);
    await sender.publish(queue, [3]);
    await arrived(path, 3);
    expect(chain(other)).toEqual(['3<null', '4<null']);
    expect(chain(path)).toEqual(['1<0', '2<1', '5<2']);
  });
});
