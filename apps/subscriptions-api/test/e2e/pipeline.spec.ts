import { QUICK_MS } from '@app/queue';
import {
  Gate,
  receivedEvents,
  startDeployment,
  TcpProxy,
  TestReceiver,
  waitFor,
  type ApiClient,
  type Deployment,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;
let receiver: TestReceiver;
let api: ApiClient;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([startDeployment(), TestReceiver.start()]);
  api = await deployment.startApi();
});
afterAll(async () => {
  await deployment?.dispose();
  await receiver?.close();
});

const at = (path: string) => receivedEvents(receiver, path);

const publish = (topic: string, organizationId: string, n: number, timestamp?: number) =>
  deployment.publish({
    topic,
    value: JSON.stringify({ organizationId, n }),
    ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
  });

const numbersAt = (path: string): number[] =>
  at(path).map(({ body }) => (JSON.parse(body.toString()) as { n: number }).n);

const queue = (integrationId: string) =>
  deployment.database.one<{ status: string; depth: number; leased: boolean }>(
    `SELECT status, (tail_seq - head_seq + 1)::integer AS depth, lease_until > clock_timestamp() AS leased
     FROM integration_queue WHERE queue_id = $1`,
    [integrationId],
  );

const statuses = async (webhookId: string): Promise<string[]> => {
  const rows = await deployment.database.query<{ status: string }>(
    'SELECT status FROM integration_queue_message_state WHERE webhook_id = $1 ORDER BY seq',
    [webhookId],
  );
  return rows.map(({ status }) => status);
};

const isRemoved = async (of: Deployment, webhookId: string): Promise<boolean> => {
  const { removed } = await of.database.one<{ removed: boolean }>(
    'SELECT removed_at IS NOT NULL AS removed FROM integration_webhook WHERE id = $1',
    [webhookId],
  );
  return removed;
};

/** The request has taken so long that its queue sends nothing that was handed out together with it. */
const isSlow = (path: string) =>
  waitFor(() => performance.now() - (receiver.requestsTo(path)[0]?.startedAt ?? NaN) > QUICK_MS);

/** True once, and then it stays: for what has to be known without waiting for it. */
function settled(promise: Promise<unknown>): () => boolean {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  return () => done;
}

const update = async (token: string, id: string, input: object) => {
  const mutation = `mutation($id: String!, $input: IntegrationWebhookUpdateInput!) {
    integrationWebhookUpdate(id: $id, input: $input) { health endPoint }
  }`;
  const { data, text } = await api.query(token, mutation, { id, input });
  if (!data) throw new Error(text);
  return data['integrationWebhookUpdate'];
};

describe('a webhook that is created', () => {
  it('gets what is produced from then on, with or without type, each with an id of its own', async () => {
    const { token, organizationId } = await deployment.integration();
    const typed = await api.create(token, {
      endPoint: receiver.url('/two/typed'),
      type: 'order/created',
    });
    const every = await api.create(token, { endPoint: receiver.url('/two/every') });
    await publish('order.created', organizationId, 1);
    await publish('order.updated', organizationId, 2);
    await receiver.waitForCount(2, { path: '/two/every' });
    expect(numbersAt('/two/typed')).toEqual([1]);
    expect(new Set(numbersAt('/two/every'))).toEqual(new Set([1, 2]));
    const [one] = at('/two/typed');
    const other = at('/two/every').find(({ type }) => type === 'order/created');
    expect(one).toMatchObject({ webhookId: typed.id });
    expect(other).toMatchObject({ webhookId: every.id });
    expect(one?.messageId).not.toBe(other?.messageId);
  });

  it('by an OAuth client is delivered from a queue of its own', async () => {
    const client = await deployment.integration();
    const accessToken = await api.accessToken(client);
    const gate = new Gate();
    receiver.script('/oauth/installed', { kind: 'hold', gate });
    await api.create(client.token, { endPoint: receiver.url('/oauth/installed') });
    const { id } = await api.createByClient(accessToken, {
      endPoint: receiver.url('/oauth/client'),
    });
    await publish('order.created', client.organizationId, 1);
    await receiver.waitForCount(1, { path: '/oauth/client' });
    expect(at('/oauth/client')[0]).toMatchObject({
      webhookId: id,
      organizationId: client.organizationId,
    });
    gate.open();
    await receiver.waitForCount(1, { path: '/oauth/installed' });
  });

  it('does not get history: what was produced long before it, whenever that is consumed', async () => {
    const { token, organizationId } = await deployment.integration();
    await api.create(token, { endPoint: receiver.url('/history') });
    const now = Date.now();
    const hour = 3_600_000;
    await publish('order.created', organizationId, 1, now - 24 * hour);
    await publish('order.created', organizationId, 2, now - 301_000);
    await publish('order.created', organizationId, 3, now - 240_000);
    await publish('order.created', organizationId, 4, now);
    await receiver.waitForCount(2, { path: '/history' });
    expect(numbersAt('/history')).toEqual([3, 4]);
  });
});

describe('a webhook that is removed', () => {
  it('is not answered for before the request that is under way has ended, and nothing follows it', async () => {
    const { token, organizationId } = await deployment.integration();
    const gate = new Gate();
    receiver.script('/flight', { kind: 'hold', gate });
    const { id } = await api.create(token, { endPoint: receiver.url('/flight') });
    for (const n of [1, 2, 3]) await publish('order.created', organizationId, n);
    await receiver.waitForCount(1, { path: '/flight' });
    const removal = api.remove(token, id);
    const isAnswered = settled(removal);
    // It is committed; only its answer is still held back.
    await waitFor(() => isRemoved(deployment, id));
    await isSlow('/flight');
    expect(isAnswered()).toBe(false);
    gate.open();
    await removal;
    const answeredAt = performance.now();
    await api.create(token, { endPoint: receiver.url('/flight/next') });
    await publish('order.created', organizationId, 4);
    await receiver.waitForCount(1, { path: '/flight/next' });
    expect(
      receiver.requestsTo('/flight').filter(({ startedAt }) => startedAt > answeredAt),
    ).toEqual([]);
    expect(numbersAt('/flight')).toEqual([1]);
    expect(await statuses(id)).toEqual(['DELIVERED', 'DISCARDED', 'DISCARDED']);
  });

  it('is not answered for while a replica holds its message and has not sent it yet', async () => {
    const slow = await startDeployment({ replicas: 0 });
    const through = await TcpProxy.start(slow.database.url);
    try {
      await slow.start({ DATABASE_URL: through.through(slow.database.url) });
      const slowApi = await slow.startApi();
      const { token, organizationId } = await slow.integration();
      const { id } = await slowApi.create(token, { endPoint: receiver.url('/claimed') });
      // The database has given the lease, and the replica does not know yet.
      const trap = through.holdAnswers('enqueue_messages');
      await slow.publish({
        topic: 'order.created',
        value: JSON.stringify({ organizationId, n: 1 }),
      });
      await trap.answered();
      const removal = slowApi.remove(token, id);
      const isAnswered = settled(removal);
      await waitFor(() => isRemoved(slow, id));
      expect(isAnswered()).toBe(false);
      through.release();
      await removal;
      const answeredAt = performance.now();
      await slowApi.create(token, { endPoint: receiver.url('/claimed/next') });
      await slow.publish({
        topic: 'order.created',
        value: JSON.stringify({ organizationId, n: 2 }),
      });
      await receiver.waitForCount(1, { path: '/claimed/next' });
      // The replica could not know of the removal any more, and the answer has waited for it.
      const requests = receiver.requestsTo('/claimed');
      expect(requests).toHaveLength(1);
      expect(requests[0]?.startedAt).toBeLessThan(answeredAt);
    } finally {
      await slow.dispose();
      await through.close();
    }
  });

  it('lets a queue go on that one of its messages had blocked', async () => {
    const { token, integrationId, organizationId } = await deployment.integration();
    receiver.script('/bad', { kind: 'answer', status: 500 });
    const bad = await api.create(token, { endPoint: receiver.url('/bad'), type: 'order/created' });
    await api.create(token, { endPoint: receiver.url('/good'), type: 'order/updated' });
    await publish('order.created', organizationId, 1);
    await waitFor(async () => (await queue(integrationId)).status === 'BLOCKED');
    await publish('order.created', organizationId, 2);
    await publish('order.updated', organizationId, 3);
    await waitFor(async () => (await queue(integrationId)).depth === 3);
    expect(numbersAt('/good')).toEqual([]);
    await api.remove(token, bad.id);
    const answeredAt = performance.now();
    await receiver.waitForCount(1, { path: '/good' });
    expect(await queue(integrationId)).toMatchObject({ status: 'HEALTHY' });
    expect(await statuses(bad.id)).toEqual(['DISCARDED', 'DISCARDED']);
    expect(receiver.requestsTo('/bad').filter(({ startedAt }) => startedAt > answeredAt)).toEqual(
      [],
    );
    const { data } = await api.query(token, '{ webhooks { health } }');
    expect(data).toEqual({ webhooks: [{ health: 'HEALTHY' }] });
  });
});

describe('a webhook that is changed', () => {
  it('gets what is queued at the new endpoint, in order, and nothing more at the old one', async () => {
    const { token, integrationId, organizationId } = await deployment.integration();
    receiver.script('/old', { kind: 'answer', status: 503 });
    const { id } = await api.create(token, { endPoint: receiver.url('/old') });
    for (const n of [1, 2, 3]) await publish('order.created', organizationId, n);
    await waitFor(async () => {
      const { status, depth } = await queue(integrationId);
      return status === 'BLOCKED' && depth === 3;
    });
    const input = { endPoint: receiver.url('/new'), headers: { 'X-Moved': 'yes' } };
    expect(await update(token, id, input)).toMatchObject({ endPoint: input.endPoint });
    const answeredAt = performance.now();
    await receiver.waitForCount(3, { path: '/new' });
    expect(numbersAt('/new')).toEqual([1, 2, 3]);
    expect(at('/new').map(({ request }) => request.headers['x-moved'])).toEqual([
      'yes',
      'yes',
      'yes',
    ]);
    expect(at('/new')[0]?.messageId).toBe(at('/old')[0]?.messageId);
    expect(receiver.requestsTo('/old').filter(({ startedAt }) => startedAt > answeredAt)).toEqual(
      [],
    );
    await waitFor(async () => (await queue(integrationId)).depth === 0);
    expect(await statuses(id)).toEqual(['DELIVERED', 'DELIVERED', 'DELIVERED']);
  });

  it('is not answered for before the request to the old endpoint that is under way has ended', async () => {
    const { token, organizationId } = await deployment.integration();
    const gate = new Gate();
    receiver.script('/leaving', { kind: 'hold', gate });
    const { id } = await api.create(token, { endPoint: receiver.url('/leaving') });
    for (const n of [1, 2, 3]) await publish('order.created', organizationId, n);
    await receiver.waitForCount(1, { path: '/leaving' });
    const change = update(token, id, { endPoint: receiver.url('/arrived') });
    const isAnswered = settled(change);
    await waitFor(async () => {
      const { end_point: endPoint } = await deployment.database.one<{ end_point: string }>(
        'SELECT end_point FROM integration_webhook WHERE id = $1',
        [id],
      );
      return endPoint.endsWith('/arrived');
    });
    await isSlow('/leaving');
    expect(isAnswered()).toBe(false);
    gate.open();
    await change;
    await receiver.waitForCount(2, { path: '/arrived' });
    expect(numbersAt('/leaving')).toEqual([1]);
    expect(numbersAt('/arrived')).toEqual([2, 3]);
  });

  it('is tried again at once also where only an operator would have it tried', async () => {
    const manual = await startDeployment({ env: { RECOVERY_MODE: 'manual' } });
    try {
      const manualApi = await manual.startApi();
      const { token, organizationId, integrationId } = await manual.integration();
      receiver.script('/manual', { kind: 'answer', status: 500 });
      const { id } = await manualApi.create(token, { endPoint: receiver.url('/manual') });
      await manual.publish({
        topic: 'order.created',
        value: JSON.stringify({ organizationId, n: 1 }),
      });
      await waitFor(async () => {
        const { status } = await manual.database.one<{ status: string }>(
          'SELECT status FROM integration_queue WHERE queue_id = $1',
          [integrationId],
        );
        return status === 'BLOCKED';
      });
      const mutation = `mutation($id: String!, $input: IntegrationWebhookUpdateInput!) {
        integrationWebhookUpdate(id: $id, input: $input) { id }
      }`;
      await manualApi.query(token, mutation, {
        id,
        input: { endPoint: receiver.url('/manual/new') },
      });
      await receiver.waitForCount(1, { path: '/manual/new' });
    } finally {
      await manual.dispose();
    }
  });
});

describe('an owner that is stopped', () => {
  it('by suspension: its events are kept, none is sent, and all follow in order when it is resumed', async () => {
    const client = await deployment.integration();
    const { organizationId, clientId } = client;
    await api.create(client.token, { endPoint: receiver.url('/suspended') });
    await publish('order.created', organizationId, 1);
    await receiver.waitForCount(1, { path: '/suspended' });
    await deployment.command('application', 'suspend', '--client-id', clientId);
    const other = await deployment.integration({ organizationId });
    await api.create(other.token, { endPoint: receiver.url('/not-suspended') });
    for (const n of [2, 3, 4]) await publish('order.created', organizationId, n);
    await receiver.waitForCount(3, { path: '/not-suspended' });
    expect(numbersAt('/suspended')).toEqual([1]);
    expect(await queue(client.integrationId)).toMatchObject({
      status: 'HEALTHY',
      depth: 3,
      leased: false,
    });
    await deployment.command('application', 'resume', '--client-id', clientId);
    await receiver.waitForCount(4, { path: '/suspended' });
    expect(numbersAt('/suspended')).toEqual([1, 2, 3, 4]);
  });

  it('by uninstallation: what is queued is discarded, and nothing new is accepted', async () => {
    const client = await deployment.integration();
    const { organizationId, integrationId } = client;
    receiver.script('/uninstalled', { kind: 'answer', status: 500 });
    const { id } = await api.create(client.token, { endPoint: receiver.url('/uninstalled') });
    const accessToken = await api.accessToken(client);
    await api.createByClient(accessToken, { endPoint: receiver.url('/uninstalled/client') });
    await publish('order.created', organizationId, 1);
    await waitFor(async () => (await queue(integrationId)).status === 'BLOCKED');
    await receiver.waitForCount(1, { path: '/uninstalled/client' });
    await deployment.command('integration', 'uninstall', '--id', integrationId);
    const answeredAt = performance.now();
    const other = await deployment.integration({ organizationId });
    await api.create(other.token, { endPoint: receiver.url('/still-installed') });
    await publish('order.created', organizationId, 2);
    await receiver.waitForCount(1, { path: '/still-installed' });
    await waitFor(async () => (await queue(integrationId)).depth === 0);
    expect(await statuses(id)).toEqual(['DISCARDED']);
    expect(numbersAt('/uninstalled/client')).toEqual([1]);
    expect(
      receiver.requestsTo('/uninstalled').filter(({ startedAt }) => startedAt > answeredAt),
    ).toEqual([]);
  });
});
