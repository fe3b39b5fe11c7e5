import { QueueOperationsStore } from '@app/queue';
import {
  startDeployment,
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

const publish = (organizationId: string, n: number) =>
  deployment.publish({ topic: 'order.created', value: JSON.stringify({ organizationId, n }) });

const QUEUE = `queue {
  health since lastErrorCode lastErrorMessage lastTriedAt failedAttempts depth oldestWaitingAt
  oldestWaitingSeconds nextAttemptAt paused recovery gaveUpReason
}`;

interface Queue {
  readonly health: string;
  readonly depth: number;
  readonly nextAttemptAt: string | null;
  readonly [field: string]: unknown;
}

/** Of the first webhook of the bearer. */
async function queueOf(token: string): Promise<Queue> {
  const { data, text } = await api.query(token, `{ webhooks { ${QUEUE} } }`);
  const [webhook] = (data?.['webhooks'] ?? []) as { queue: Queue | null }[];
  if (!webhook?.queue) throw new Error(text);
  return webhook.queue;
}

const ATTEMPTS = `query($id: String!, $first: Int, $after: String) {
  webhook(id: $id) { attempts(first: $first, after: $after) {
    edges { cursor node {
      messageId type attempt startedAt durationMs outcome statusCode code error excerpt isTest
    } }
    pageInfo { hasNextPage endCursor }
  } }
}`;

interface Page {
  readonly edges: readonly {
    readonly cursor: string;
    readonly node: Readonly<Record<string, unknown>>;
  }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

async function attemptsOf(
  token: string,
  id: string,
  page: { readonly first?: number; readonly after?: string | null } = {},
): Promise<Page> {
  const { data, text } = await api.query(token, ATTEMPTS, { id, ...page });
  const webhook = data?.['webhook'] as { attempts: Page | null } | null | undefined;
  if (!webhook?.attempts) throw new Error(text);
  return webhook.attempts;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('the queue of a receiver that fails', () => {
  it('says why, since when, what waits, and when it is tried again; and that it is over', async () => {
    const { token, integrationId, organizationId } = await deployment.integration();
    const hour = { mode: null, backoffMinMs: 3_600_000, backoffMaxMs: 3_600_000 };
    const operations = new QueueOperationsStore(deployment.dataSource);
    await operations.setRecovery(integrationId, hour, { actor: 'ops' });
    receiver.script('/failing', { kind: 'answer', status: 503 }, { kind: 'answer' });
    await api.create(token, { endPoint: receiver.url('/failing'), type: 'order/created' });
    await api.create(token, { endPoint: receiver.url('/wide') });
    expect(await queueOf(token)).toMatchObject({ health: 'HEALTHY', depth: 0 });

    for (const n of [1, 2]) await publish(organizationId, n);
    const blocked = await waitFor(async () => {
      const queue = await queueOf(token);
      return queue.health === 'FAILING' && queue.depth === 4 ? queue : undefined;
    });
    expect(blocked).toEqual({
      health: 'FAILING',
      since: expect.stringMatching(ISO) as string,
      lastErrorCode: 'http_status',
      lastErrorMessage: expect.stringContaining('503') as string,
      lastTriedAt: expect.stringMatching(ISO) as string,
      failedAttempts: 1,
      depth: 4,
      oldestWaitingAt: expect.stringMatching(ISO) as string,
      oldestWaitingSeconds: expect.any(Number) as number,
      nextAttemptAt: expect.stringMatching(ISO) as string,
      paused: false,
      recovery: 'PROBE',
      gaveUpReason: null,
    });
    const waits = Date.parse(String(blocked.nextAttemptAt)) - Date.now();
    expect(waits).toBeGreaterThan(3_000_000);
    expect(waits).toBeLessThanOrEqual(3_600_000);

    await operations.unblock(integrationId, { actor: 'ops' });
    await receiver.waitForCount(2, { path: '/wide' });
    const healthy = await waitFor(async () => {
      const queue = await queueOf(token);
      return queue.depth === 0 ? queue : undefined;
    });
    expect(healthy).toMatchObject({
      health: 'HEALTHY',
      lastErrorCode: null,
      lastErrorMessage: null,
      failedAttempts: 0,
      oldestWaitingAt: null,
      oldestWaitingSeconds: null,
      nextAttemptAt: null,
    });
    expect(Date.parse(String(healthy['since']))).toBeGreaterThan(
      Date.parse(String(blocked['since'])),
    );
  });

  it('is one for all its webhooks, also as entities, and on the integration', async () => {
    const { token, integrationId, organizationId } = await deployment.integration();
    receiver.script('/shared', { kind: 'answer', status: 500 });
    const { id } = await api.create(token, {
      endPoint: receiver.url('/shared'),
      type: 'order/created',
    });
    await api.create(token, { endPoint: receiver.url('/shared/other'), type: 'order/updated' });
    await publish(organizationId, 1);
    await waitFor(async () => (await queueOf(token)).health === 'FAILING');
    const query = `query($id: String!, $of: [_Any!]!) {
      webhooks { queue { health depth } }
      webhook(id: "${id}") { queue { health depth } }
      integration(id: $id) { queue { health depth } }
      _entities(representations: $of) { ... on IntegrationWebhook { queue { health depth } } }
    }`;
    const of = [{ __typename: 'IntegrationWebhook', id }];
    const { data, errors } = await api.query(token, query, { id: integrationId, of });
    expect(errors).toEqual([]);
    const one = { queue: { health: 'FAILING', depth: 1 } };
    expect(data).toEqual({
      webhooks: [one, one],
      webhook: one,
      integration: one,
      _entities: [one],
    });
  });

  it('is asked for by a client, whose queue is another', async () => {
    const client = await deployment.integration();
    const accessToken = await api.accessToken(client);
    receiver.script('/installed', { kind: 'answer', status: 500 });
    await api.create(client.token, { endPoint: receiver.url('/installed') });
    await api.createByClient(accessToken, { endPoint: receiver.url('/client') });
    await publish(client.organizationId, 1);
    await receiver.waitForCount(1, { path: '/client' });
    await waitFor(async () => (await queueOf(client.token)).health === 'FAILING');
    expect(await queueOf(accessToken)).toMatchObject({ health: 'HEALTHY', lastErrorCode: null });
  });

  it('that wants no more says that it is not tried again by itself', async () => {
    const { token, organizationId } = await deployment.integration();
    receiver.script('/gone', { kind: 'answer', status: 410 });
    await api.create(token, { endPoint: receiver.url('/gone') });
    await publish(organizationId, 1);
    const gone = await waitFor(async () => {
      const queue = await queueOf(token);
      return queue.health === 'FAILING' ? queue : undefined;
    });
    expect(gone).toMatchObject({ recovery: 'GAVE_UP', gaveUpReason: 'GONE', nextAttemptAt: null });
  });

  it('shows with the answer of a change what it has come to by then', async () => {
    const { token, integrationId } = await deployment.integration();
    const { id } = await api.create(token, { endPoint: receiver.url('/paused') });
    await new QueueOperationsStore(deployment.dataSource).pause(integrationId, { actor: 'ops' });
    const changes = `mutation($id: String!, $webhookId: ID!) {
      before: integrationWebhookUpdate(id: $id, input: { headers: {} }) { queue { depth paused } }
      testEvent(webhookId: $webhookId, type: "order/created") { type }
      after: integrationWebhookUpdate(id: $id, input: { headers: {} }) { queue { depth paused } }
    }`;
    const { data } = await api.query(token, changes, { id, webhookId: id });
    expect(data).toMatchObject({
      before: { queue: { depth: 0, paused: true } },
      after: { queue: { depth: 1, paused: true } },
    });
  });
});

describe('the attempts of a webhook', () => {
  it('are paged through without gaps or repeats while new ones are made', async () => {
    const { token, organizationId } = await deployment.integration();
    const body = Buffer.from([0x6e, 0x6f, 0x00, 0x07, 0xff]);
    receiver.script('/attempts', { kind: 'answer', status: 500, body });
    const { id } = await api.create(token, { endPoint: receiver.url('/attempts') });
    await publish(organizationId, 1);
    await receiver.waitForCount(8, { path: '/attempts', timeoutMs: 20_000 });

    const read: Page['edges'][number][] = [];
    let after: string | null = null;
    for (;;) {
      const { edges, pageInfo }: Page = await attemptsOf(token, id, { first: 3, after });
      read.push(...edges);
      expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
      const { length } = receiver.requestsTo('/attempts');
      await receiver.waitForCount(length + 1, { path: '/attempts', timeoutMs: 20_000 });
    }

    const numbers = read.map(({ node }) => Number(node['attempt']));
    const newest = Math.max(...numbers);
    expect(numbers).toEqual(Array.from({ length: newest }, (_, index) => newest - index));
    expect(newest).toBeGreaterThanOrEqual(7);
    expect(receiver.requestsTo('/attempts').length).toBeGreaterThan(newest);
    expect(read[0]?.node).toEqual({
      messageId: expect.any(String) as string,
      type: 'order/created',
      attempt: newest,
      startedAt: expect.stringMatching(ISO) as string,
      durationMs: expect.any(Number) as number,
      outcome: 'REJECTED',
      statusCode: 500,
      code: 'http_status',
      error: expect.stringContaining('500') as string,
      excerpt: 'no\u0000\u0007\ufffd',
      isTest: false,
    });
    expect(new Set(read.map(({ node }) => node['messageId'])).size).toBe(1);
  });

  it('are those of the webhook alone, delivered ones included', async () => {
    const { token, organizationId } = await deployment.integration();
    const typed = await api.create(token, {
      endPoint: receiver.url('/mine'),
      type: 'order/created',
    });
    const wide = await api.create(token, { endPoint: receiver.url('/mine/too') });
    await publish(organizationId, 1);
    await waitFor(
      async () =>
        (await queueOf(token)).depth === 0 && receiver.requestsTo('/mine/too').length === 1,
    );
    const ids = new Set<unknown>();
    for (const { id } of [typed, wide]) {
      const { edges, pageInfo } = await attemptsOf(token, id);
      expect(edges.map(({ node }) => node)).toMatchObject([
        { outcome: 'DELIVERED', statusCode: 200, code: null, error: null, excerpt: null },
      ]);
      expect(pageInfo.hasNextPage).toBe(false);
      ids.add(edges[0]?.node['messageId']);
    }
    expect(ids.size).toBe(2);
  });

  it('are counted for what they cost, and refused beyond it', async () => {
    const { token } = await deployment.integration();
    const { id } = await api.create(token, { endPoint: receiver.url('/') });
    const all = await api.query(token, ATTEMPTS, { id, first: 100 });
    expect(all.status).toBe(400);
    expect(all.errors[0]?.message).toMatch(/^The operation exceeds the limit of complexity: 1000/);
    expect((await attemptsOf(token, id, { first: 70 })).edges).toEqual([]);
    const hundred = `{ webhook(id: "${id}") { attempts(first: 100) { edges { cursor node { code } } } } }`;
    expect((await api.query(token, hundred)).errors).toEqual([]);
  });
});

describe('what is not the own', () => {
  it('is not visible: neither queue nor attempts of another integration or kind of token', async () => {
    const own = await deployment.integration();
    const { organizationId } = own;
    const sibling = await deployment.integration({ organizationId });
    const { id } = await api.create(sibling.token, { endPoint: receiver.url('/sibling') });
    const query = 'query($id: String!) { integration(id: $id) { name queue { depth } } }';
    const seen = await api.query(own.token, query, { id: sibling.integrationId });
    expect(seen.data).toEqual({ integration: { name: 'test', queue: null } });
    expect(seen.errors[0]).toMatchObject({
      message: "You can't see the queue of another integration",
      extensions: { code: 'FORBIDDEN' },
    });
    const accessToken = await api.accessToken(sibling);
    for (const token of [own.token, accessToken]) {
      const { data, errors } = await api.query(token, ATTEMPTS, { id });
      expect(data).toEqual({ webhook: null });
      expect(errors[0]).toMatchObject({
        message: 'Webhook not found',
        extensions: { code: 'NOT_FOUND' },
      });
    }
  });

  it('needs the permission to see, also with the answer of a change, which is made all the same', async () => {
    const { token, integrationId } = await deployment.integration({
      scopes: ['edit_integrations'],
    });
    const create = `mutation($endPoint: String!) { integrationWebhookCreate(input: { endPoint: $endPoint }) {
      id queue { depth } attempts { edges { cursor } } } }`;
    const { data, errors } = await api.query(token, create, { endPoint: receiver.url('/') });
    expect(data?.['integrationWebhookCreate']).toMatchObject({ queue: null, attempts: null });
    const message = 'Insufficient scope: view_integrations required';
    expect(errors.map((error) => error.message)).toEqual([message, message]);
    const { count } = await deployment.database.one<{ count: string }>(
      'SELECT count(*) FROM integration_webhook WHERE integration_id = $1',
      [integrationId],
    );
    expect(count).toBe('1');
  });
});
