import {
  receivedEvents,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
  type SeededIntegration,
} from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** What the service calls its database connections. */
const SERVICE_SESSION = 'happycolis-webhooks processor';

const TOPIC = 'order.created';

let deployment: Deployment;
let receiver: TestReceiver;
let integration: SeededIntegration;

beforeEach(async () => {
  [deployment, receiver] = await Promise.all([startDeployment(), TestReceiver.start()]);
  integration = await deployment.integration();
  const { integrationId } = integration;
  await deployment.webhook({ integrationId, endPoint: receiver.url('/in') });
});

afterEach(async () => {
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
    await publish(TOPIC, 1);
    await receiver.waitForCount(1);
    await waitFor(async () => (await committed(TOPIC)) === 1n);

    const session = await deployment.database.connect();
    await session.query('BEGIN');
    await session.query('LOCK TABLE integration_queue_message IN SHARE ROW EXCLUSIVE MODE');
    await publish(TOPIC, 2);
    await deployment.database.waitingForLock(SERVICE_SESSION);
    await publish('vendor.created', 3);
    await waitFor(() => hasWaitedForLock('1.5 seconds'));
    expect(await committed(TOPIC)).toBe(1n);
    expect(await committed('vendor.created')).toBeNull();
    expect(receiver.requests).toHaveLength(1);

    await session.query('COMMIT');
    await receiver.waitForCount(3);
    await waitFor(async () => (await committed(TOPIC)) === 2n);
    await waitFor(async () => (await committed('vendor.created')) === 1n);
    expect(numbersOf('order/created')).toEqual([1, 2]);
    expect(numbersOf('vendor/created')).toEqual([3]);
  });

  it('is not committed where the service stops before it could store the record', async () => {
    await publish(TOPIC, 1);
    await receiver.waitForCount(1);
    await waitFor(async () => (await committed(TOPIC)) === 1n);
    await deployment.database.query('ALTER TABLE integration_webhook RENAME TO elsewhere');
    await publish(TOPIC, 2);
    const [service] = deployment.replicas;
    await service?.log.waitFor('batch.failed');

    expect(await service?.stop()).toEqual({ code: 0, signal: null });

    expect(await committed(TOPIC)).toBe(1n);
    await deployment.database.query('ALTER TABLE elsewhere RENAME TO integration_webhook');
    await deployment.start();
    await receiver.waitForCount(2, { timeoutMs: 10_000 });
    expect(numbersOf('order/created')).toEqual([1, 2]);
  });
});

describe('records that are read again from the beginning', () => {
  it('create nothing twice: no message, no request, no number in a queue', async () => {
    const { integrationId, organizationId } = integration;
    await deployment.webhook({
      integrationId,
      type: 'order/created',
      endPoint: receiver.url('/2'),
    });
    const other = await deployment.integration({ organizationId });
    await deployment.webhook({ ...other, type: null, endPoint: receiver.url('/3') });
    await publish(TOPIC, 1, 2, 3, 4, 5);
    await publish('product.updated', 6, 7);
    await receiver.waitForCount(19);
    const messages = 'SELECT * FROM integration_queue_message ORDER BY queue_id, seq';
    const before = await deployment.database.query(messages);
    expect(before).toHaveLength(19);

    for (const replica of deployment.replicas)
      expect(await replica.stop()).toMatchObject({ code: 0 });
    await deployment.rewind();
    expect(await committed(TOPIC)).toBeNull();
    const replica = await deployment.start();
    await waitFor(async () => (await committed(TOPIC)) === 5n);
    await waitFor(async () => (await committed('product.updated')) === 2n);

    expect(await deployment.database.query(messages)).toEqual(before);
    const enqueued = replica.log.of('batch.enqueued');
    const sum = (field: string): number =>
      enqueued.reduce((total, line) => total + Number(line[field]), 0);
    expect([sum('records'), sum('messages'), sum('duplicates')]).toEqual([7, 0, 19]);

    await publish('vendor.updated', 8);
    await receiver.waitForCount(21);
    expect(receiver.requests).toHaveLength(21);
    const ids = receivedEvents(receiver).map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(21);
  });
});
