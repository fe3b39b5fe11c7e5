import {
  receivedEvents,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
  type SeededIntegration,
  type ServiceProcess,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What the service calls its database connections. */
const SERVICE_SESSION = 'happycolis-webhooks processor';

let deployment: Deployment;
let receiver: TestReceiver;
let integration: SeededIntegration;
let service: ServiceProcess;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([
    startDeployment({ replicas: 0 }),
    TestReceiver.start(),
  ]);
  service = await deployment.start();
  integration = await deployment.integration();
  const { integrationId } = integration;
  await deployment.webhook({ integrationId, endPoint: receiver.url('/in') });
});

afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

const publish = (topic: string, ...numbers: readonly number[]): Promise<void> => {
  const { organizationId } = integration;
  const value = (n: number): string => JSON.stringify({ organizationId, n });
  return deployment.publish(...numbers.map((n) => ({ topic, value: value(n) })));
};

const committed = async (topic: string): Promise<bigint | null | undefined> =>
  (await deployment.committed(topic)).get(0);

/** Longer than the second after which the service commits what it may: then it has had its chance. */
async function hasWaitedForLock(duration: string): Promise<boolean> {
  const waiting = await deployment.database.query(
    `SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = $1 AND wait_event_type = 'Lock'
       AND clock_timestamp() - query_start > $2::interval`,
    [SERVICE_SESSION, duration],
  );
  return waiting.length > 0;
}

const numbersOf = (type: string): unknown[] =>
  receivedEvents(receiver)
    .filter((event) => event.type === type)
    .map(({ body }) => (JSON.parse(String(body)) as { n: number }).n);

describe('the offset of a record', () => {
  it('is committed after the transaction that stored its messages, not before', async () => {
    await publish('order.created', 1);
    await receiver.waitForCount(1);
    await waitFor(async () => (await committed('order.created')) === 1n);

    const session = await deployment.database.connect();
    await session.query('BEGIN');
    await session.query('LOCK TABLE integration_queue_message IN SHARE ROW EXCLUSIVE MODE');
    await publish('order.created', 2);
    await deployment.database.waitingForLock(SERVICE_SESSION);
    await publish('vendor.created', 3);
    await waitFor(() => hasWaitedForLock('1.5 seconds'));
    expect(await committed('order.created')).toBe(1n);
    expect(await committed('vendor.created')).toBeNull();
    expect(receiver.requests).toHaveLength(1);

    await session.query('COMMIT');
    await receiver.waitForCount(3);
    await waitFor(async () => (await committed('order.created')) === 2n);
    await waitFor(async () => (await committed('vendor.created')) === 1n);
    expect(numbersOf('order/created')).toEqual([1, 2]);
    expect(numbersOf('vendor/created')).toEqual([3]);
  });

  it('is not committed where the service stops before it could store the record', async () => {
    await publish('order.updated', 1);
    await receiver.waitForCount(4);
    await waitFor(async () => (await committed('order.updated')) === 1n);
    await deployment.database.query('ALTER TABLE integration_webhook RENAME TO elsewhere');
    await publish('order.updated', 2);
    await service.log.waitFor('batch.failed');

    expect(await service.stop()).toEqual({ code: 0, signal: null });

    expect(await committed('order.updated')).toBe(1n);
    await deployment.database.query('ALTER TABLE elsewhere RENAME TO integration_webhook');
    service = await deployment.start();
    await receiver.waitForCount(5);
    expect(numbersOf('order/updated')).toEqual([1, 2]);
  });
});

describe('records that are read again from the beginning', () => {
  it('create nothing twice: no message, no request, no number in a queue', async () => {
    const { integrationId, organizationId } = integration;
    await deployment.webhook({
      integrationId,
      type: 'vendor/updated',
      endPoint: receiver.url('/2'),
    });
    const other = await deployment.integration({ organizationId });
    const { integrationId: otherId } = other;
    await deployment.webhook({
      integrationId: otherId,
      type: 'vendor/updated',
      endPoint: receiver.url('/3'),
    });
    await publish('vendor.updated', 1, 2, 3, 4);
    await receiver.waitForCount(5 + 12);
    const messages = 'SELECT * FROM integration_queue_message ORDER BY queue_id, seq';
    const before = await deployment.database.query(messages);
    expect(before).toHaveLength(17);

    expect(await service.stop()).toEqual({ code: 0, signal: null });
    await deployment.rewind();
    expect(await committed('vendor.updated')).toBeNull();
    service = await deployment.start();
    const ends = {
      'order.created': 2n,
      'order.updated': 2n,
      'vendor.created': 1n,
      'vendor.updated': 4n,
    };
    for (const [topic, end] of Object.entries(ends)) {
      await waitFor(async () => (await committed(topic)) === end);
    }

    expect(await deployment.database.query(messages)).toEqual(before);
    const sum = (field: string): number =>
      service.log.of('batch.enqueued').reduce((total, line) => total + Number(line[field]), 0);
    await waitFor(() => sum('records') === 9);
    expect([sum('messages'), sum('duplicates')]).toEqual([0, 17]);

    await publish('vendor.updated', 5);
    await receiver.waitForCount(20);
    const ids = receivedEvents(receiver).map(({ messageId }) => messageId);
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
  });
});
