import {
  ApplicationNotFoundError,
  ApplicationsStore,
  OwnerStatusStore,
  SecretCipher,
} from '@app/applications';
import { seedWebhook, TEST_SECRETS_KEY } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  messagesFor,
  QueueFixture,
  REJECTED,
  settleOne,
  type TestQueue,
} from '../queue-fixture.js';

let fixture: QueueFixture;
let owners: OwnerStatusStore;
let applications: ApplicationsStore;
beforeAll(async () => {
  fixture = await QueueFixture.create();
  owners = new OwnerStatusStore(fixture.dataSource);
  applications = new ApplicationsStore(fixture.dataSource, new SecretCipher(TEST_SECRETS_KEY));
});
afterAll(() => fixture?.drop());

interface Owner {
  readonly clientId: string;
  readonly queues: readonly TestQueue[];
}

/** An application with an installation, a webhook and so many messages in each of its organizations. */
async function owner(organizations: readonly string[], messages: number): Promise<Owner> {
  const { clientId } = await applications.createApplication({
    name: 'test',
    type: 'PRIVATE',
    scopes: [],
  });
  const queues: TestQueue[] = [];
  for (const organizationId of organizations) {
    const installed = await applications.installIntegration({ clientId, organizationId });
    const { integrationId: queueId } = installed;
    const webhookId = await seedWebhook(fixture.dataSource, { integrationId: queueId });
    const queue = { queueId, organizationId, webhookId };
    await fixture.enqueue(messagesFor(queue, messages));
    queues.push(queue);
  }
  return { clientId, queues };
}

async function ownerOfOne(messages: number): Promise<{ clientId: string; queue: TestQueue }> {
  const { clientId, queues } = await owner(['o'], messages);
  const [queue] = queues;
  if (!queue) throw new Error('no queue');
  return { clientId, queue };
}

const claim = (queues: readonly TestQueue[]) =>
  fixture.store().claim(queues.map(({ queueId }) => queueId));

const suspendedIds = async () =>
  (
    await fixture.database.query<{ queue_id: string }>(
      'SELECT queue_id FROM integration_queue WHERE suspended_at IS NOT NULL',
    )
  ).map((row) => row.queue_id);

async function deliverAll(queue: TestQueue): Promise<string[]> {
  const bodies: string[] = [];
  const store = fixture.store();
  for (let lease = (await claim([queue]))[0]; lease;) {
    bodies.push(lease.head.body.toString());
    lease = (await settleOne(store, lease))?.next;
  }
  return bodies;
}

describe('a suspended application', () => {
  it('has nothing taken up from its queues, in every organization; another one is not touched', async () => {
    const stopped = await owner(['o1', 'o2'], 1);
    const other = await owner(['o1'], 1);
    const { changed, queueIds } = await owners.suspend(stopped.clientId);
    expect(changed).toBe(true);
    expect([...queueIds].sort()).toEqual(stopped.queues.map((each) => each.queueId).sort());
    expect((await suspendedIds()).sort()).toEqual([...queueIds].sort());
    const due = await fixture.store().findDue('00000000-0000-0000-0000-000000000000', 1_000);
    const ids = due.map(({ queueId }) => queueId);
    for (const { queueId } of stopped.queues) expect(ids).not.toContain(queueId);
    expect(ids).toEqual(expect.arrayContaining(other.queues.map(({ queueId }) => queueId)));
    const claimed = await claim([...stopped.queues, ...other.queues]);
    expect(claimed.map(({ queueId }) => queueId)).toEqual(other.queues.map((each) => each.queueId));
  });

  it('goes on being queued for, without waking anybody, and gets everything in order once it is resumed', async () => {
    const { clientId, queue } = await ownerOfOne(2);
    await owners.suspend(clientId);
    expect(await fixture.enqueue(messagesFor(queue, 2, 3))).toMatchObject([
      { queueId: queue.queueId, wake: false },
    ]);
    expect(await deliverAll(queue)).toEqual([]);
    await owners.resume(clientId);
    expect(await fixture.enqueue(messagesFor(queue, 1, 5))).toMatchObject([{ wake: true }]);
    expect(await deliverAll(queue)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('has the outcome recorded of what was under way, and keeps no lease for the next message', async () => {
    const { clientId, queue } = await ownerOfOne(2);
    const lease = await fixture.claimed(queue);
    await owners.suspend(clientId);
    const settled = await settleOne(fixture.store(), lease, { keep: true });
    expect(settled).toMatchObject({ next: undefined, more: true });
    expect(await fixture.row(queue)).toMatchObject({ head_seq: '2', leased: false });
    expect(await claim([queue])).toEqual([]);
    await owners.resume(clientId);
    expect(await deliverAll(queue)).toEqual(['2']);
  });

  it('may fail with what was under way: it is blocked, and probed only once it is resumed', async () => {
    const { clientId, queue } = await ownerOfOne(1);
    const lease = await fixture.claimed(queue);
    await owners.suspend(clientId);
    await settleOne(fixture.store(), lease, { outcome: REJECTED, retryInMs: 0 });
    expect(await fixture.row(queue)).toMatchObject({ status: 'BLOCKED', attempts: 1 });
    expect(await claim([queue])).toEqual([]);
    await owners.resume(clientId);
    expect(await deliverAll(queue)).toEqual(['1']);
  });

  it('is not tried on the word of an operator either', async () => {
    const { clientId, queue } = await ownerOfOne(1);
    const lease = await fixture.claimed(queue);
    await settleOne(fixture.store(), lease, { outcome: REJECTED });
    await owners.suspend(clientId);
    await fixture.set(queue, `due_at = '-infinity'`);
    expect(await fixture.store({ probe: false }).claim([queue.queueId])).toEqual([]);
  });

  it('stays so when it is suspended again, and runs when it is resumed twice', async () => {
    const { clientId, queue } = await ownerOfOne(1);
    // Named all the same: what was under way may still have to be waited for.
    const unchanged = { changed: false, queueIds: [queue.queueId] };
    expect(await owners.resume(clientId)).toEqual(unchanged);
    await owners.suspend(clientId);
    expect(await owners.suspend(clientId)).toEqual(unchanged);
    expect(await owners.resume(clientId)).toEqual({ changed: true, queueIds: [queue.queueId] });
    expect(await owners.resume(clientId)).toEqual(unchanged);
    expect(await suspendedIds()).not.toContain(queue.queueId);
  });

  it('that does not exist cannot be suspended', async () => {
    await expect(owners.suspend('?')).rejects.toBeInstanceOf(ApplicationNotFoundError);
    await expect(owners.resume('?')).rejects.toBeInstanceOf(ApplicationNotFoundError);
  });
});

describe('an installation that is made while its application is being suspended', () => {
  it('waits for it, and is refused', async () => {
    const { clientId } = await ownerOfOne(0);
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    await session.query(`UPDATE application SET status = 'SUSPENDED' WHERE client_id = $1`, [
      clientId,
    ]);
    const named = await fixture.database.dataSource(undefined, { applicationName: 'installing' });
    const installing = new ApplicationsStore(
      named,
      new SecretCipher(TEST_SECRETS_KEY),
    ).installIntegration({ clientId, organizationId: 'o9' });
    installing.catch(() => undefined);
    await fixture.database.waitingForLock('installing');
    await session.query('COMMIT');
    await expect(installing).rejects.toMatchObject({ code: 'application_suspended' });
  });

  it('is stopped by it, where the installation was first', async () => {
    const { clientId } = await ownerOfOne(0);
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    await session.query(
      `WITH a AS (SELECT id FROM application WHERE client_id = $1 FOR SHARE)
       INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id)
       SELECT u, u, a.id, 'o9' FROM a, gen_random_uuid() AS u`,
      [clientId],
    );
    const named = await fixture.database.dataSource(undefined, { applicationName: 'suspending' });
    const suspending = new OwnerStatusStore(named).suspend(clientId);
    await fixture.database.waitingForLock('suspending');
    await session.query('COMMIT');
    expect((await suspending).queueIds).toHaveLength(2);
    const { running } = await fixture.database.one<{ running: number }>(
      `SELECT count(*)::integer AS running FROM integration_queue
       WHERE suspended_at IS NULL
         AND application_id = (SELECT id FROM application WHERE client_id = $1)`,
      [clientId],
    );
    expect(running).toBe(0);
  });
});
