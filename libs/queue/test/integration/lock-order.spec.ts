import {
  ApplicationsStore,
  OauthClientsStore,
  OauthTokensStore,
  OwnerStatusStore,
  SecretCipher,
} from '@app/applications';
import { WebhookSubscriptionsStore } from '@app/subscriptions';
import { seedIntegration, TEST_SECRETS_KEY, type SeededIntegration } from '@app/testing';
import { QueryFailedError } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { messageFor, QueueFixture, settlement } from '../queue-fixture.js';

const APPLICATIONS = 3;
const WORKERS = 8;
const ROUNDS = 100;
const NOBODY = '00000000-0000-4000-8000-000000000000';
const organizationId = 'o';

let fixture: QueueFixture;
let owners: SeededIntegration[];
beforeAll(async () => {
  fixture = await QueueFixture.create();
  const clients = new OauthClientsStore(fixture.dataSource);
  const seeding = Array.from({ length: APPLICATIONS }, async () => {
    const owner = await seedIntegration(fixture.dataSource, { organizationId });
    await clients.allow(owner.clientId, organizationId);
    await clients.ensure(owner.applicationId, organizationId);
    return owner;
  });
  owners = await Promise.all(seeding);
});
afterAll(() => fixture?.drop());

type Action = () => Promise<unknown>;

function oneOf<T>(choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(Math.random() * choices.length)] ?? choices[0];
}

const application = (): SeededIntegration => {
  const [first, ...others] = owners;
  if (!first) throw new Error('no application');
  return oneOf([first, ...others]);
};

/** Some ids of a table, in no order. */
async function some(from: string, id = 'id', limit = 5): Promise<string[]> {
  const rows = await fixture.database.query<{ id: string }>(
    `SELECT ${id} AS id FROM ${from} ORDER BY random() LIMIT ${limit}`,
  );
  return rows.map((row) => row.id);
}

const one = async (from: string, id?: string) => (await some(from, id, 1))[0] ?? NOBODY;

function webhookActions(): Action[] {
  const webhooks = new WebhookSubscriptionsStore(fixture.dataSource);
  const active = () => one('integration_webhook WHERE removed_at IS NULL');
  const create = async () =>
    webhooks.create({
      integrationId: await one('integration_queue', 'queue_id'),
      type: oneOf(['order/created', 'order/completed', null]),
      endPoint: 'https://receiver.example/',
      headers: {},
    });
  return [create, create, async () => webhooks.remove(await active())];
}

function ownerActions(): Action[] {
  const status = new OwnerStatusStore(fixture.dataSource);
  const cipher = new SecretCipher(TEST_SECRETS_KEY);
  const applications = new ApplicationsStore(fixture.dataSource, cipher);
  return [
    async () => status.uninstall(await one(`gb_integration WHERE status = 'ACTIVE'`)),
    () => status.suspend(application().clientId),
    () => status.resume(application().clientId),
    () => status.resume(application().clientId),
    () => applications.installIntegration({ clientId: application().clientId, organizationId }),
  ];
}

function clientActions(): Action[] {
  const clients = new OauthClientsStore(fixture.dataSource);
  const tokens = new OauthTokensStore(fixture.dataSource);
  const authorize = async () => {
    const { applicationId } = application();
    const oauthClientId = await clients.ensure(applicationId, organizationId);
    if (oauthClientId === undefined) return;
    const grant = { oauthClientId, scopes: [], grantedScopes: [] };
    const { refreshToken } = await tokens.issue(grant);
    await tokens.refresh(refreshToken, applicationId, () => grant);
  };
  return [
    authorize,
    () => clients.allow(application().clientId, organizationId),
    () => clients.disallow(application().clientId, organizationId),
    () => tokens.revoke(application().applicationId, undefined),
  ];
}

function queueActions(): Action[] {
  const enqueue = async () => {
    const targets = await fixture.database.query<{ queueId: string; webhookId: string }>(
      `SELECT integration_id AS "queueId", id AS "webhookId" FROM integration_webhook
       ORDER BY random() LIMIT 5`,
    );
    await fixture.enqueue(targets.map((each) => messageFor({ ...each, organizationId }, '{}')));
  };
  const deliver = async () => {
    const leases = await fixture.store().claim(await some('integration_queue', 'queue_id'));
    await fixture.store().settle(leases.map((lease) => settlement(lease, { keep: false })));
  };
  return [enqueue, enqueue, deliver, deliver];
}

it('whoever changes owners, webhooks and queues at the same time never waits in a circle', async () => {
  const kinds = [webhookActions(), ownerActions(), clientActions(), queueActions()].flat();
  let done = 0;
  const refusals: string[] = [];
  const worker = async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const act = kinds[Math.floor(Math.random() * kinds.length)];
      try {
        await act?.();
        done += 1;
      } catch (error) {
        // What is not installed or allowed at this moment is refused; a deadlock is the database's.
        if (error instanceof QueryFailedError) refusals.push(error.message);
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  expect(refusals).toEqual([]);
  expect(done).toBeGreaterThan((WORKERS * ROUNDS) / 2);
});
