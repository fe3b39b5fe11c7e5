import { CHALLENGE_HEADER } from '@app/queue';
import { TestReceiver, waitFor, type ReceivedRequest } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { QueueFixture, type TestQueue } from '../queue-fixture.js';
import { bodiesOf, Replica, upTo, type ReplicaOptions } from '../replica.js';

let fixture: QueueFixture;
let receiver: TestReceiver;
let replicas: Replica[];
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());
beforeEach(async () => {
  replicas = [];
  receiver = await TestReceiver.start();
});
afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await receiver.close();
});

async function replica(options: ReplicaOptions = {}): Promise<Replica> {
  const backoff = { minMs: 20, maxMs: 50 };
  const one = new Replica(await fixture.database.dataSource(), {
    challenge: true,
    sweepMs: 20,
    backoff,
    ...options,
  });
  replicas.push(one);
  return one;
}

const isChallenge = ({ headers }: ReceivedRequest): boolean => CHALLENGE_HEADER in headers;
const challenges = (path: string): ReceivedRequest[] =>
  receiver.requestsTo(path).filter(isChallenge);
const deliveries = (path: string): ReceivedRequest[] =>
  receiver.requestsTo(path).filter((request) => !isChallenge(request));

async function isBlockedFor({ queueId }: TestQueue, code: string): Promise<void> {
  await waitFor(async () => {
    const { status, code: last } = await fixture.database.one<{ status: string; code: string }>(
      `SELECT q.status, (SELECT a.code FROM delivery_attempt a WHERE a.queue_id = q.queue_id
                         ORDER BY a.seq DESC, a.attempt DESC LIMIT 1) AS code
       FROM integration_queue q WHERE q.queue_id = $1`,
      [queueId],
    );
    return status === 'BLOCKED' && last === code;
  });
}

describe('an endpoint that has to prove itself', () => {
  it('is asked once, signed like every request, and gets its messages in order then', async () => {
    receiver.script('/echo', { kind: 'echo' });
    const queue = await fixture.queue(receiver.url('/echo'));

    await (await replica()).publish(queue, upTo(3));
    await waitFor(() => deliveries('/echo').length === 3);
    await (await replica()).publish(queue, [4]);
    await waitFor(() => deliveries('/echo').length === 4);

    expect(bodiesOf(deliveries('/echo'))).toEqual([...upTo(3), 4]);
    const [challenge, ...more] = challenges('/echo');
    expect(more).toEqual([]);
    expect(receiver.requestsTo('/echo')[0]).toBe(challenge);
    expect(JSON.parse(String(challenge?.body))).toEqual({
      challenge: challenge?.headers[CHALLENGE_HEADER],
    });
    expect(challenge?.headers['webhook-id']).toBe(`challenge-${queue.webhookId}`);
    expect(challenge?.headers).not.toHaveProperty('x-happycolis-sequence');
  });

  it.each([
    ['answers anything else', { kind: 'answer', body: 'thank you' }, 'not_proven'],
    ['answers nothing', { kind: 'answer' }, 'not_proven'],
    ['refuses', { kind: 'answer', status: 404 }, 'http_status'],
  ] as const)('gets nothing while it %s, and all of it when it echoes', async (_, answer, code) => {
    const path = `/not-yet/${code}/${'body' in answer}`;
    // The last of a script is repeated.
    receiver.script(path, answer);
    const queue = await fixture.queue(receiver.url(path));

    await (await replica()).publish(queue, upTo(2));
    await isBlockedFor(queue, code);
    expect(deliveries(path)).toEqual([]);

    receiver.script(path, { kind: 'echo' });
    await waitFor(() => deliveries(path).length === 2);
    expect(bodiesOf(deliveries(path))).toEqual(upTo(2));
  });

  it('has to do it again at another address', async () => {
    for (const path of ['/first', '/second']) receiver.script(path, { kind: 'echo' });
    const queue = await fixture.queue(receiver.url('/first'));
    const one = await replica();
    await one.publish(queue, [1]);
    await waitFor(() => deliveries('/first').length === 1);

    await fixture.database.query('UPDATE integration_webhook SET end_point = $2 WHERE id = $1', [
      queue.webhookId,
      receiver.url('/second'),
    ]);
    await one.publish(queue, [2]);
    await waitFor(() => deliveries('/second').length === 1);

    expect(challenges('/second')).toHaveLength(1);
  });
});

it('where nobody has to, none is asked', async () => {
  const queue = await fixture.queue(receiver.url('/plain'));
  const one = new Replica(await fixture.database.dataSource());
  replicas.push(one);

  await one.publish(queue, [1]);
  await receiver.waitForCount(1, { path: '/plain' });

  expect(challenges('/plain')).toEqual([]);
});
