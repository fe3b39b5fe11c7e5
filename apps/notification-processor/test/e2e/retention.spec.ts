import {
  Deployment,
  receivedEvents,
  TestReceiver,
  waitFor,
  type SeededIntegration,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;
let receiver: TestReceiver;
let integration: SeededIntegration;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([Deployment.create(), TestReceiver.start()]);
  integration = await deployment.integration();
  await deployment.webhook({ ...integration, endPoint: receiver.url('/retention') });
});
afterAll(async () => {
  await Promise.all([deployment?.dispose(), receiver?.close()]);
});

/** As where nobody made the partitions of today. */
async function dropPartitions(...tables: string[]): Promise<void> {
  for (const table of tables) {
    const partitions = await deployment.database.query<{ name: string }>(
      'SELECT name FROM day_partitions($1)',
      [table],
    );
    for (const { name } of partitions) await deployment.database.query(`DROP TABLE ${name}`);
  }
}

const publish = (n: number): Promise<void> =>
  deployment.publish({
    topic: 'order.created',
    value: JSON.stringify({ organizationId: integration.organizationId, n }),
  });

const received = (): unknown[] =>
  receivedEvents(receiver, '/retention').map(
    ({ body }) => (JSON.parse(String(body)) as { n: unknown }).n,
  );

describe('a database that stood still for weeks', () => {
  it('has partitions of today when the service starts, and no old ones any more', async () => {
    await dropPartitions('integration_queue_message', 'delivery_attempt', 'message_identity');
    await deployment.database.query(
      `SELECT add_partition('delivery_attempt', (now() - interval '30 days')::date)`,
    );
    const service = await deployment.start();
    await publish(1);
    await waitFor(() => received().includes(1));
    expect(service.log.of('batch.failed')).toEqual([]);
    const finished = await service.log.waitFor('retention.finished');
    expect(finished['durationMs']).toEqual(expect.any(Number));
    expect(service.log.of('partition.dropped')).toMatchObject([
      { partition: expect.stringMatching(/^delivery_attempt_/) },
    ]);
    expect(service.log.of('topic_settings.refused')).toEqual([]);
  });
});

describe('a day without a partition', () => {
  it('holds its records back until it is made, and none is a dead letter', async () => {
    const [service] = deployment.replicas;
    await dropPartitions('integration_queue_message');
    await publish(2);
    await service?.log.waitFor('batch.failed');
    await deployment.start();
    await waitFor(() => received().includes(2), { timeoutMs: 60_000 });
    expect(received()).toEqual([1, 2]);
    expect(await deployment.database.query('SELECT FROM ingest_dead_letter')).toEqual([]);
  });

  it('ends with its processes in order', async () => {
    for (const service of deployment.replicas) {
      expect(await service.stop()).toMatchObject({ code: 0 });
      expect(service.log.lines).toContainEqual(
        expect.objectContaining({
          event: 'shutdown_step.finished',
          step: 'stop the retention job',
        }),
      );
    }
  });
});
