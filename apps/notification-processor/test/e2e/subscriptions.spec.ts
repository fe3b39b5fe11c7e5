import { randomUUID } from 'node:crypto';
import {
  receivedEvents,
  runCommand,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;
let receiver: TestReceiver;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([startDeployment(), TestReceiver.start()]);
});

afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

const publish = (topic: string, organizationId: string, n = 0): Promise<void> =>
  deployment.publish({ topic, value: JSON.stringify({ organizationId, n }) });

const at = (path: string) => receivedEvents(receiver, path);

/** How many messages were stored for a webhook. */
async function stored(webhookId: string): Promise<number> {
  const { count } = await deployment.database.one<{ count: string }>(
    'SELECT count(*) FROM integration_queue_message WHERE webhook_id = $1',
    [webhookId],
  );
  return Number(count);
}

/** Has an event of the organization delivered to a path, after everything that came before. */
async function publishLast(organizationId: string, path: string): Promise<void> {
  const before = at(path).length;
  await publish('order.created', organizationId, 99);
  await receiver.waitForCount(before + 1, { path });
}

describe('an event', () => {
  it('goes to the webhook of its type and to the one without type, each with an id of its own', async () => {
    const { integrationId, organizationId } = await deployment.integration();
    const all = await deployment.webhook({ integrationId, endPoint: receiver.url('/a/all') });
    const typed = await deployment.webhook({
      integrationId,
      type: 'order/created',
      endPoint: receiver.url('/a/typed'),
    });
    const other = await deployment.webhook({
      integrationId,
      type: 'order/updated',
      endPoint: receiver.url('/a/other'),
    });

    await publish('order.created', organizationId);

    await receiver.waitForCount(1, { path: '/a/all' });
    await receiver.waitForCount(1, { path: '/a/typed' });
    await publishLast(organizationId, '/a/typed');
    expect(at('/a/all')[0]).toMatchObject({ webhookId: all, type: 'order/created' });
    expect(at('/a/typed')[0]).toMatchObject({ webhookId: typed, type: 'order/created' });
    expect(at('/a/all')[0]?.messageId).not.toBe(at('/a/typed')[0]?.messageId);
    expect(at('/a/all')[0]?.body).toEqual(at('/a/typed')[0]?.body);
    expect(await stored(other)).toBe(0);
  });

  it('goes to the webhooks of its type alone, also where a batch is of many types', async () => {
    const { integrationId, organizationId } = await deployment.integration();
    const types = ['order/created', 'order/updated', 'order/completed'] as const;
    for (const type of types) {
      await deployment.webhook({ integrationId, type, endPoint: receiver.url(`/types/${type}`) });
    }
    const value = JSON.stringify({ organizationId });
    const records = types.map((type) => ({ topic: type.replace('/', '.'), value }));
    const [service] = deployment.replicas;
    const batches = () => service?.log.of('batch.enqueued') ?? [];

    // Until records of several topics have shared a transaction.
    let published = 0;
    await waitFor(async () => {
      await deployment.publish(...records);
      published += 1;
      return batches().some((line) => Number(line['records']) === types.length);
    });

    for (const type of types) {
      const path = `/types/${type}`;
      await receiver.waitForCount(published, { path });
      expect(at(path).map((event) => event.type)).toEqual(at(path).map(() => type));
    }
    const { count } = await deployment.database.one<{ count: string }>(
      'SELECT count(*) FROM integration_queue_message WHERE queue_id = $1',
      [integrationId],
    );
    expect(Number(count)).toBe(published * types.length);
  });

  it('goes to every integration of its organization, in a queue of its own and signed with its own secret', async () => {
    const first = await deployment.integration();
    const second = await deployment.integration({ organizationId: first.organizationId });
    await deployment.webhook({ ...first, type: null, endPoint: receiver.url('/b/1') });
    await deployment.webhook({ ...second, type: null, endPoint: receiver.url('/b/2') });

    await publish('order.created', first.organizationId);

    await receiver.waitForCount(1, { path: '/b/1' });
    await receiver.waitForCount(1, { path: '/b/2' });
    const queues = await deployment.database.query<{ queue_id: string; seq: string }>(
      'SELECT queue_id, seq FROM integration_queue_message WHERE queue_id = ANY ($1)',
      [[first.integrationId, second.integrationId]],
    );
    expect(queues.map(({ seq }) => seq)).toEqual(['1', '1']);
    expect(new Set(queues.map(({ queue_id: id }) => id)).size).toBe(2);
    expect(first.clientSecret).not.toBe(second.clientSecret);
    const signatures = ['/b/1', '/b/2'].map(
      (path) => at(path)[0]?.request.headers['x-happycolis-webhook-signature'],
    );
    expect(new Set(signatures).size).toBe(2);
  });

  it('goes to nobody of another organization, however alike its name', async () => {
    const organizationId = randomUUID();
    const mine = await deployment.integration({ organizationId });
    await deployment.webhook({ ...mine, type: null, endPoint: receiver.url('/c/mine') });
    const others: string[] = [];
    for (const name of [randomUUID(), organizationId.toUpperCase(), `${organizationId} `]) {
      const { integrationId } = await deployment.integration({ organizationId: name });
      const endPoint = receiver.url('/c/other');
      others.push(await deployment.webhook({ integrationId, endPoint }));
    }

    await publish('order.created', organizationId);
    await publishLast(organizationId, '/c/mine');

    // Stored in one transaction with what arrived, or not at all.
    for (const other of others) expect(await stored(other)).toBe(0);
    expect(at('/c/other')).toEqual([]);
  });

  it('costs nothing where nobody subscribed', async () => {
    const organizationId = randomUUID();
    await publish('vendor.created', organizationId);
    await waitFor(async () => (await deployment.committed('vendor.created')).get(0) === 1n);
    const stored = await deployment.database.query(
      `SELECT FROM integration_queue_message WHERE type = 'vendor/created'`,
    );
    expect(stored).toEqual([]);
  });
});

describe('a webhook', () => {
  it('gets what comes after it was created, and nothing once it was removed', async () => {
    const { integrationId, organizationId } = await deployment.integration();
    await deployment.webhook({ integrationId, endPoint: receiver.url('/d/all') });
    await publish('order.created', organizationId, 1);
    await receiver.waitForCount(1, { path: '/d/all' });

    const endPoint = receiver.url('/d/typed');
    const create = ['webhook', 'create', '--integration', integrationId, '--endpoint', endPoint];
    const { id } = await deployment.command<{ id: string }>(...create, '--type', 'order/created');
    await publish('order.created', organizationId, 2);
    await receiver.waitForCount(1, { path: '/d/typed' });
    await deployment.command('webhook', 'remove', '--id', id);
    await publish('order.created', organizationId, 3);
    await publishLast(organizationId, '/d/all');

    const numbers = (path: string) =>
      at(path).map(({ body }) => (JSON.parse(String(body)) as { n: number }).n);
    await waitFor(() => numbers('/d/all').includes(99));
    expect(numbers('/d/typed')).toEqual([2]);
    expect(at('/d/typed')[0]).toMatchObject({ webhookId: id });
    expect(await stored(id)).toBe(1);
  });

  it('with the endpoint http:// is refused unless the installation allows it', async () => {
    const { integrationId } = await deployment.integration();
    const create = (endPoint: string, allowed: string) =>
      runCommand({ ...deployment.environment, DELIVERY_ALLOW_HTTP: allowed }, [
        'webhook',
        'create',
        '--integration',
        integrationId,
        '--endpoint',
        endPoint,
      ]);

    const [refused, allowed] = await Promise.all([
      create('http://hooks.example.com/in', 'false'),
      create(receiver.url('/e'), 'true'),
    ]);

    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('https');
    expect(allowed).toMatchObject({ code: 0 });
    const stored = await deployment.database.query<{ end_point: string }>(
      'SELECT end_point FROM integration_webhook WHERE integration_id = $1',
      [integrationId],
    );
    expect(stored).toEqual([{ end_point: receiver.url('/e') }]);
  });

  it('with an endpoint that became forbidden is not called, and its queue says why', async () => {
    const of = await deployment.integration();
    // Seeded past every check, as an endpoint whose name now leads to a private address would be.
    await deployment.webhook({ ...of, type: null, endPoint: 'http://10.255.255.1/hook' });

    await publish('order.created', of.organizationId);

    const error = await waitFor(async () => {
      const row = await deployment.database.one<{ status: string; last_error: string | null }>(
        'SELECT status, last_error FROM integration_queue WHERE queue_id = $1',
        [of.integrationId],
      );
      return row.status === 'BLOCKED' && row.last_error;
    });
    expect(error).toContain('10.255.255.1');
    const attempt = await deployment.database.query<{ outcome: string }>(
      'SELECT outcome FROM delivery_attempt WHERE queue_id = $1 AND attempt = 1',
      [of.integrationId],
    );
    expect(attempt).toEqual([{ outcome: 'refused_address' }]);
  });
});
