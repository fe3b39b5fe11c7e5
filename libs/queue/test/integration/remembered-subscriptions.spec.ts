import { IngestStore, MessageEnqueuer, NO_TRACES, ReadyQueues, type IngestItem } from '@app/queue';
import { IntegrationWebhooksQuery } from '@app/subscriptions';
import { seedWebhook } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueueFixture, type TestQueue } from '../queue-fixture.js';
import { RecordingEmitter, RecordingLog, RecordingMetrics } from '../recorders.js';
import { CLOCK_SKEW_MS, eventFor } from '../replica.js';

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

/** `statements`: what each batch asked of the database, by the table or function that it named. */
async function enqueuer() {
  const dataSource = await fixture.database.dataSource();
  const statements: string[] = [];
  const query = dataSource.query.bind(dataSource);
  dataSource.query = <Result>(sql: string, parameters?: unknown[]): Promise<Result> => {
    const [, name = sql] = /\b(organization_subscriptions|enqueue_messages)\b/.exec(sql) ?? [];
    statements.push(name);
    return query<Result>(sql, parameters);
  };
  /** Slots as those of a replica that sends: what was offered is told whether it was leased, or is unclear. */
  const ready = new ReadyQueues();
  const slots = { offered: [] as string[], adopted: [] as string[], declined: [] as string[] };
  ready.listen(() => undefined, {
    offer: (queueIds) => {
      const offered = [...queueIds];
      slots.offered.push(...offered);
      return offered;
    },
    adopt: (offered) => void slots.adopted.push(...offered),
    decline: (offered) => void slots.declined.push(...offered),
  });
  const subject = new MessageEnqueuer(
    new IngestStore(dataSource),
    new IntegrationWebhooksQuery(dataSource, { clockSkewMs: CLOCK_SKEW_MS }),
    new RecordingEmitter(() => undefined),
    ready,
    { log: new RecordingLog(), metrics: new RecordingMetrics(), tracer: NO_TRACES },
  );
  const enqueue = async (...items: readonly IngestItem[]): Promise<string[]> => {
    statements.length = 0;
    await subject.enqueue(items);
    return [...statements];
  };
  return { enqueue, slots };
}

const LOOKED_UP = ['organization_subscriptions', 'enqueue_messages'];

const bodies = async (queue: TestQueue): Promise<string[]> => (await fixture.stored(queue)).bodies;

const remove = ({ webhookId }: TestQueue): Promise<unknown> =>
  fixture.database.query('UPDATE integration_webhook SET removed_at = now() WHERE id = $1', [
    webhookId,
  ]);

describe('subscriptions that are remembered', () => {
  it('are not asked for again as long as they hold', async () => {
    const queue = await fixture.queue();
    const { enqueue } = await enqueuer();
    expect(await enqueue(eventFor(queue, 1))).toEqual(LOOKED_UP);
    expect(await enqueue(eventFor(queue, 2))).toEqual(['enqueue_messages']);
    expect(await bodies(queue)).toEqual(['1', '2']);
  });

  it('are asked for where one of several organizations is new', async () => {
    const [known, added] = [await fixture.queue(), await fixture.queue()];
    const { enqueue } = await enqueuer();
    await enqueue(eventFor(known, 1));
    expect(await enqueue(eventFor(known, 2), eventFor(added, 3))).toEqual(LOOKED_UP);
    expect(await bodies(added)).toEqual(['3']);
  });

  it('do not hide one that was added: nothing is stored by the old ones, all by the new', async () => {
    const queue = await fixture.queue();
    const { queueId: integrationId } = queue;
    const { enqueue } = await enqueuer();
    await enqueue(eventFor(queue, 1));
    await seedWebhook(fixture.dataSource, { integrationId, type: 'order/created' });
    expect(await enqueue(eventFor(queue, 2))).toEqual(['enqueue_messages', ...LOOKED_UP]);
    expect(await bodies(queue)).toEqual(['1', '2', '2']);
    expect((await fixture.stored(queue)).seqs).toEqual([1, 2, 3]);
  });

  it('do not bring back one that was removed, also in a transaction of several statements', async () => {
    const [leaving, staying] = [await fixture.queue(), await fixture.queue()];
    const { enqueue } = await enqueuer();
    await enqueue(eventFor(leaving, 1), eventFor(staying, 1));
    await remove(leaving);
    const letter = {
      ...eventFor(staying, 'dead'),
      kind: 'dead_letter',
      reason: 'not_json',
    } as const;
    await enqueue(eventFor(leaving, 2), eventFor(staying, 2), {
      ...letter,
      detail: 'for the test',
    });
    expect(await bodies(leaving)).toEqual(['1']);
    expect(await bodies(staying)).toEqual(['1', '2']);
    const letters = await fixture.database.query(
      `SELECT FROM ingest_dead_letter WHERE detail = 'for the test'`,
    );
    expect(letters).toHaveLength(1);
  });

  it('are asked for where they make no message: one may have been added', async () => {
    const queue = await fixture.queue();
    const { queueId: integrationId } = queue;
    await fixture.database.query('UPDATE integration_webhook SET type = $2 WHERE id = $1', [
      queue.webhookId,
      'order/completed',
    ]);
    const { enqueue } = await enqueuer();
    expect(await enqueue(eventFor(queue, 1))).toEqual(['organization_subscriptions']);
    await seedWebhook(fixture.dataSource, { integrationId, type: 'order/created' });
    expect(await enqueue(eventFor(queue, 2))).toEqual(LOOKED_UP);
    expect(await bodies(queue)).toEqual(['2']);
  });

  it('leave no slot behind that was kept for what was not stored', async () => {
    const queue = await fixture.queue();
    const { queueId: integrationId } = queue;
    const { enqueue, slots } = await enqueuer();
    await enqueue(eventFor(queue, 1));
    await seedWebhook(fixture.dataSource, { integrationId, type: 'order/created' });
    await enqueue(eventFor(queue, 2));
    expect(slots.offered).toEqual([integrationId, integrationId, integrationId]);
    expect(slots.adopted).toEqual(slots.offered);
    expect(slots.declined).toEqual([]);
  });
});
