import {
  receivedEvents,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
  type ReceiverBehaviour,
  type SeededIntegration,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** RECOVERY_MODE is `manual`: only an operator frees a queue, so a blocked one stays as it is. */
let deployment: Deployment;
let receiver: TestReceiver;
let healthy: Subscription;

type Subscription = SeededIntegration & { readonly path: string; readonly webhookId: string };

let subscriptions = 0;

/** A queue with one webhook for every type at a path of its own, which behaves as told. */
async function subscribe(...behaviours: ReceiverBehaviour[]): Promise<Subscription> {
  const integration = await deployment.integration();
  const path = `/subscription/${(subscriptions += 1)}`;
  const [first, ...others] = behaviours;
  if (first) receiver.script(path, first, ...others);
  const endPoint = receiver.url(path);
  const webhookId = await deployment.webhook({ ...integration, type: null, endPoint });
  return { ...integration, path, webhookId };
}

const publish = (to: SeededIntegration, ...numbers: readonly number[]): Promise<void> =>
  deployment.publish(
    ...numbers.map((n) => ({
      topic: 'order.created',
      value: JSON.stringify({ organizationId: to.organizationId, n }),
    })),
  );

const numbersAt = (path: string): unknown[] =>
  receivedEvents(receiver, path).map(({ body }) => (JSON.parse(String(body)) as { n: unknown }).n);

interface QueueRow {
  readonly status: string;
  readonly attempts: number;
  readonly depth: number;
  readonly error: string | null;
}

/** From the database, because a command takes half a second. */
const queueOf = ({ integrationId }: SeededIntegration): Promise<QueueRow> =>
  deployment.database.one<QueueRow>(
    `SELECT status, attempts, (tail_seq - head_seq + 1)::integer AS depth, last_error AS error
     FROM integration_queue WHERE queue_id = $1`,
    [integrationId],
  );

const blocked = (of: SeededIntegration, attempts = 1): Promise<unknown> =>
  waitFor(
    async () => {
      const queue = await queueOf(of);
      return queue.status === 'BLOCKED' && queue.attempts === attempts;
    },
    { describe: () => queueOf(of) },
  );

/** Something later, through the same topic and partition, that arrives: so the others would have. */
async function later(): Promise<void> {
  const before = receiver.requestsTo(healthy.path).length;
  await publish(healthy, 0);
  await receiver.waitForCount(before + 1, { path: healthy.path, timeoutMs: 10_000 });
}

const unblock = (of: SeededIntegration): Promise<{ unblocked: boolean }> =>
  deployment.command('queue', 'unblock', '--integration', of.integrationId, '--actor', 'spec');

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([
    startDeployment({ env: { RECOVERY_MODE: 'manual', DELIVERY_TIMEOUT_MS: '2000' } }),
    TestReceiver.start(),
  ]);
  healthy = await subscribe();
});

afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

const answers = (status: number): ReceiverBehaviour => ({ kind: 'answer', status });

describe('an answer that is no 2xx', () => {
  it.each([300, 304, 400, 401, 404, 410, 429, 500, 503])('blocks the queue: %i', async (status) => {
    const of = await subscribe(answers(status));
    await publish(of, 1);
    await blocked(of);
    const attempt = await deployment.database.one(
      'SELECT outcome, status_code FROM delivery_attempt WHERE queue_id = $1',
      [of.integrationId],
    );
    expect(attempt).toEqual({ outcome: 'rejected', status_code: status });
  });

  it.each([200, 201, 202, 204, 299])('is what this one is not: %i', async (status) => {
    const of = await subscribe(answers(status));
    await publish(of, 1, 2);
    await receiver.waitForCount(2, { path: of.path });
    expect(numbersAt(of.path)).toEqual([1, 2]);
  });

  it.each([301, 302, 303, 307, 308])('is not followed where it redirects: %i', async (status) => {
    const location = receiver.url('/elsewhere');
    const of = await subscribe({ kind: 'redirect', status, location });
    await publish(of, 1);
    await blocked(of);
    await later();
    expect(receiver.requestsTo('/elsewhere')).toEqual([]);
  });
});

describe('no answer that counts', () => {
  const CASES: readonly (readonly [string, ReceiverBehaviour, string])[] = [
    ['a connection that is reset', { kind: 'reset' }, 'unreachable'],
    ['a receiver that never answers', { kind: 'hang' }, 'timed_out'],
    ['a receiver that drips', { kind: 'drip' }, 'timed_out'],
    ['an answer that is too large', { kind: 'huge', bytes: 2_000_000 }, 'rejected'],
  ];
  const queues = new Map<string, Subscription>();

  // All at once, so that the deadline passes once.
  beforeAll(async () => {
    for (const [name, behaviour] of CASES) queues.set(name, await subscribe(behaviour));
    await Promise.all([...queues.values()].map((of) => publish(of, 1)));
  });

  it.each(CASES)('blocks the queue: %s', async (name, _behaviour, outcome) => {
    const of = queues.get(name) as Subscription;
    await blocked(of);
    const attempt = await deployment.database.one(
      'SELECT outcome FROM delivery_attempt WHERE queue_id = $1',
      [of.integrationId],
    );
    expect(attempt).toEqual({ outcome });
  });
});

describe('a blocked queue', () => {
  it('accepts new events, sends nothing, and says so to operators', async () => {
    const of = await subscribe(answers(500));
    const second = await deployment.webhook({ ...of, type: 'order/updated' });
    await publish(of, 1, 2);
    await blocked(of);
    await publish(of, 3, 4);
    await later();

    expect(numbersAt(of.path)).toEqual([1]);
    const listed = await deployment.command<{ integrationId: string }[]>(
      'queue',
      'list',
      '--status',
      'BLOCKED',
    );
    expect(listed.find(({ integrationId }) => integrationId === of.integrationId)).toMatchObject({
      status: 'BLOCKED',
      state: 'READY',
      depth: 4,
      attempts: 1,
      lastErrorMessage: 'The endpoint answered 500 Internal Server Error',
      nextAttemptAt: null,
    });
    expect(listed.map(({ integrationId }) => integrationId)).not.toContain(healthy.integrationId);
    const list = (integration: SeededIntegration): Promise<{ id: string; health: string }[]> =>
      deployment.command('webhook', 'list', '--integration', integration.integrationId);
    expect(await list(of)).toMatchObject([
      { id: of.webhookId, health: 'FAILING' },
      { id: second, health: 'FAILING' },
    ]);
    expect(await list(healthy)).toMatchObject([{ health: 'HEALTHY' }]);
  });

  it('has the time and the error of the last attempt on its message, and on no other', async () => {
    const of = await subscribe(answers(503));
    await publish(of, 1, 2);
    await blocked(of);
    await later();
    const rows = await deployment.database.query(
      `SELECT status, attempts, last_tried_at BETWEEN enqueued_at AND clock_timestamp() AS tried,
              last_error_message
       FROM integration_queue_message_state WHERE integration_id = $1 ORDER BY seq`,
      [of.integrationId],
    );
    const error = 'The endpoint answered 503 Service Unavailable';
    expect(rows).toEqual([
      { status: 'QUEUED', attempts: 1, tried: true, last_error_message: error },
      { status: 'QUEUED', attempts: 0, tried: null, last_error_message: null },
    ]);
  });

  it('goes on at the message that failed once an operator unblocks it, skipping nothing', async () => {
    const of = await subscribe(answers(500), answers(200));
    await publish(of, 1, 2, 3);
    await blocked(of);

    expect(await unblock(of)).toMatchObject({ unblocked: true });

    await receiver.waitForCount(4, { path: of.path });
    expect(numbersAt(of.path)).toEqual([1, 1, 2, 3]);
    const [first, again] = receiver.requestsTo(of.path);
    expect(again?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    await waitFor(async () => (await queueOf(of)).depth === 0);
    expect(await queueOf(of)).toEqual({ status: 'HEALTHY', attempts: 0, depth: 0, error: null });
  });

  it('is blocked again where the unblocked message fails again', async () => {
    const of = await subscribe(answers(500), answers(502));
    await publish(of, 1, 2);
    await blocked(of);
    await unblock(of);
    await blocked(of, 2);
    await later();

    expect(numbersAt(of.path)).toEqual([1, 1]);
    const error = 'The endpoint answered 502 Bad Gateway';
    expect(await queueOf(of)).toEqual({ status: 'BLOCKED', attempts: 2, depth: 2, error });
  });

  it('goes on without the webhook of its head when that is removed, and keeps the message', async () => {
    const of = await subscribe();
    const endPoint = receiver.url(`${of.path}/failing`);
    receiver.script(`${of.path}/failing`, answers(500));
    const failing = await deployment.webhook({ ...of, type: 'order/updated', endPoint });
    const { organizationId } = of;
    const updated = (n: number) => ({
      topic: 'order.updated',
      value: JSON.stringify({ organizationId, n }),
    });
    await deployment.publish(updated(1), updated(2));
    await blocked(of);

    await deployment.command('webhook', 'remove', '--id', failing);

    await receiver.waitForCount(2, { path: of.path });
    expect(numbersAt(of.path)).toEqual([1, 2]);
    const rows = () =>
      deployment.database.query<{ webhook_id: string; status: string }>(
        `SELECT webhook_id, status FROM integration_queue_message_state
         WHERE integration_id = $1 ORDER BY seq`,
        [of.integrationId],
      );
    await waitFor(async () => (await queueOf(of)).depth === 0);
    expect(await rows()).toHaveLength(4);
    for (const { webhook_id: id, status } of await rows()) {
      expect(status).toBe(id === failing ? 'DISCARDED' : 'DELIVERED');
    }
    expect(numbersAt(`${of.path}/failing`)).toEqual([1]);
  });

  it('is still blocked after a restart, and still goes on at its head', async () => {
    const of = await subscribe(answers(500), answers(200));
    await publish(of, 1, 2);
    await blocked(of);
    await Promise.all(deployment.replicas.map((replica) => replica.stop()));
    await deployment.start();
    await later();
    expect(numbersAt(of.path)).toEqual([1]);
    expect(await queueOf(of)).toMatchObject({ status: 'BLOCKED', depth: 2 });

    await unblock(of);
    await receiver.waitForCount(3, { path: of.path });
    expect(numbersAt(of.path)).toEqual([1, 1, 2]);
  });
});
