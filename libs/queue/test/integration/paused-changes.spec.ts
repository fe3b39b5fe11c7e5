import { OauthClientsStore, OwnerStatusStore } from '@app/applications';
import { QueueOperationsStore } from '@app/queue';
import { IntegrationType, WebhookSubscriptionsStore } from '@app/subscriptions';
import { TcpProxy, seedIntegration, seedWebhook } from '@app/testing';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { QueueFixture, type TestQueue } from '../queue-fixture.js';

let fixture: QueueFixture;
let proxy: TcpProxy;
/** The way to the database of the API or command that is paused. */
let paused: DataSource;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());
beforeEach(async () => {
  proxy = await TcpProxy.start(fixture.database.url);
  paused = await fixture.database.dataSource(undefined, {
    url: proxy.through(fixture.database.url),
  });
});
afterEach(() => proxy.close());

interface Owner {
  readonly clientId: string;
  readonly organizationId: string;
  readonly integrationId: string;
  /** A blocked queue of the OAuth client. */
  readonly queue: TestQueue;
}

/** An application with a client that may act by the list of organizations alone. */
async function scene(): Promise<Owner> {
  const owner = await seedIntegration(fixture.dataSource);
  const { applicationId, clientId, organizationId, integrationId } = owner;
  const clients = new OauthClientsStore(fixture.dataSource);
  const queueId = (await clients.ensure(applicationId, organizationId)) ?? '';
  const webhookId = await seedWebhook(fixture.dataSource, { integrationId: queueId });
  const queue = { queueId, organizationId, webhookId };
  await fixture.set(queue, `status = 'BLOCKED', blocked_at = clock_timestamp()`);
  return { clientId, organizationId, integrationId, queue };
}

/** Disallowing ends the client only where it is not installed. */
async function allowedAlone({ clientId, organizationId, integrationId }: Owner): Promise<void> {
  await new OauthClientsStore(fixture.dataSource).allow(clientId, organizationId);
  await new OwnerStatusStore(fixture.dataSource).uninstall(integrationId);
}

/** What the processor does with a batch of events, where it waits for nobody. */
async function enqueue(queues: readonly TestQueue[]): Promise<unknown[]> {
  const session = await fixture.database.connect();
  await session.query(`SET lock_timeout = '2s'`);
  const { rows } = await session.query<{ queue_id: string }>(
    `SELECT e.queue_id
     FROM (SELECT array_agg(q) AS queues, array_agg(w) AS webhooks, array_agg(gen_random_uuid()) AS messages,
                  array_agg('order/created'::text) AS types, array_agg(0) AS partitions,
                  array_agg(0::bigint) AS offsets, array_agg('{}'::bytea) AS bodies
           FROM unnest($1::uuid[], $2::uuid[]) AS i (q, w)) AS batch
     CROSS JOIN enqueue_messages(queues, messages, webhooks, types, partitions, offsets, bodies) AS e`,
    [queues.map(({ queueId }) => queueId), queues.map(({ webhookId }) => webhookId)],
  );
  return rows.map((row) => row.queue_id);
}

type Change = (owner: Owner) => Promise<unknown>;

it.each<[string, string, Change]>([
  [
    'an update of a webhook',
    'change_webhook',
    ({ queue }) => {
      const owner = { integrationId: queue.queueId, integrationType: IntegrationType.OAUTH_CLIENT };
      const change = { endPoint: 'https://b.example/' };
      return new WebhookSubscriptionsStore(paused).update(queue.webhookId, change, owner);
    },
  ],
  [
    'a removal of a webhook',
    'change_webhook',
    ({ queue }) => new WebhookSubscriptionsStore(paused).remove(queue.webhookId),
  ],
  [
    'a suspension',
    'set_application_status',
    ({ clientId }) => new OwnerStatusStore(paused).suspend(clientId),
  ],
  [
    'an end of an installation',
    'uninstall_integration',
    ({ integrationId }) => new OwnerStatusStore(paused).uninstall(integrationId),
  ],
  [
    'an end of a permission',
    'disallow_organization',
    async (owner) => {
      await allowedAlone(owner);
      const { clientId, organizationId } = owner;
      return new OauthClientsStore(paused).disallow(clientId, organizationId);
    },
  ],
  [
    'a request to unblock',
    'operate_queue',
    ({ queue }) => new QueueOperationsStore(paused).unblock(queue.queueId, { actor: 'test' }),
  ],
])(
  '%s whose client is paused in the middle holds up no batch of events',
  async (_, text, change) => {
    const owner = await scene();
    const neighbour = await fixture.queue();
    // The database has done what it was asked for, and the client does not get to hear of it.
    const trap = proxy.holdAnswers(text);
    const changing = change(owner);
    await trap.answered();
    const enqueued = await enqueue([owner.queue, neighbour]);
    expect(new Set(enqueued)).toEqual(new Set([owner.queue.queueId, neighbour.queueId]));
    proxy.release();
    await changing;
  },
);
