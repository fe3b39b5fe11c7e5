import type { DeadLetter, FormattedEvent } from '@app/events';
import { IngestStore, MessageEnqueuer, NO_TRACES, ReadyQueues, type IngestItem } from '@app/queue';
import { IntegrationWebhooksQuery } from '@app/subscriptions';
import { seedWebhook } from '@app/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueueFixture, type TestQueue } from '../queue-fixture.js';
import { RecordingEmitter, RecordingLog, RecordingMetrics } from '../recorders.js';
import { CLOCK_SKEW_MS, eventFor, upTo } from '../replica.js';

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
  await fixture.database.query(`
    CREATE FUNCTION refuse_marked() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF position('unstorable' IN convert_from(NEW.body, 'UTF8')) > 0 THEN
        RAISE EXCEPTION 'the body cannot be stored' USING ERRCODE = '22000';
      ELSIF position('disk full' IN convert_from(NEW.body, 'UTF8')) > 0 THEN
        RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse_marked BEFORE INSERT ON integration_queue_message
      FOR EACH ROW EXECUTE FUNCTION refuse_marked()`);
});
afterAll(() => fixture?.drop());

async function enqueuer(applicationName = 'enqueuer') {
  const dataSource = await fixture.database.dataSource(undefined, { poolSize: 1, applicationName });
  const log = new RecordingLog();
  const ready = new ReadyQueues();
  const woken: string[] = [];
  ready.listen(() => woken.push(...ready.take(1_000).map(({ queueId }) => queueId)));
  const emitter = new RecordingEmitter(() => undefined);
  const webhooks = new IntegrationWebhooksQuery(dataSource, { clockSkewMs: CLOCK_SKEW_MS });
  const ingest = new IngestStore(dataSource);
  const metrics = new RecordingMetrics();
  const subject = new MessageEnqueuer(ingest, webhooks, emitter, ready, {
    log,
    metrics,
    tracer: NO_TRACES,
  });
  const enqueue = (items: readonly IngestItem[]) => subject.enqueue(items);
  return { enqueue, emitter, log, metrics, woken };
}

const deadLetters = (offset: string) =>
  fixture.database.query<{ topic: string; reason: string; detail: string }>(
    'SELECT topic, reason, detail FROM ingest_dead_letter WHERE "offset" = $1',
    [offset],
  );

const ofLocation = (queue: TestQueue, locationId: string): FormattedEvent => ({
  ...eventFor(queue, locationId),
  organization: { by: 'location', locationId },
});

describe('a batch of records', () => {
  it('becomes one message for each subscription that matches, in the order of the records', async () => {
    const queue = await fixture.queue();
    const { queueId: integrationId } = queue;
    await seedWebhook(fixture.dataSource, { integrationId, type: 'order/created' });
    await seedWebhook(fixture.dataSource, { integrationId, type: 'order/completed' });
    const { enqueue, log } = await enqueuer();
    await enqueue([eventFor(queue, 1), eventFor(queue, 2)]);
    expect((await fixture.stored(queue)).bodies).toEqual(['1', '1', '2', '2']);
    expect(log.of('batch.enqueued')).toMatchObject([
      { fields: { records: 2, messages: 4, duplicates: 0, queues: 1, woken: 1, deadLetters: {} } },
    ]);
  });

  it('that comes again is counted as duplicates and wakes nobody', async () => {
    const queue = await fixture.queue();
    const events = upTo(3).map((n) => eventFor(queue, n));
    const { enqueue, log, metrics, woken, emitter } = await enqueuer();
    await enqueue(events);
    await enqueue(events);
    expect((await fixture.stored(queue)).bodies).toEqual(['1', '2', '3']);
    expect(log.of('batch.enqueued')[1]).toMatchObject({ fields: { messages: 0, duplicates: 3 } });
    expect(metrics.batches).toMatchObject([
      { records: 3, messages: 3, duplicates: 0, deadLetters: {} },
      { records: 3, messages: 0, duplicates: 3, deadLetters: {} },
    ]);
    expect(woken).toEqual([queue.queueId]);
    expect(emitter.processed).toHaveLength(1);
  });

  it('wakes a queue that was idle here and elsewhere, naming the first of its messages', async () => {
    const queue = await fixture.queue();
    const { enqueue, woken, emitter } = await enqueuer();
    await enqueue([eventFor(queue, 1), eventFor(queue, 2)]);
    const [first] = await fixture.database.query<{ message_id: string; enqueued_at: Date }>(
      'SELECT message_id, enqueued_at FROM integration_queue_message WHERE queue_id = $1 ORDER BY seq',
      [queue.queueId],
    );
    expect(woken).toEqual([queue.queueId]);
    expect(emitter.processed).toEqual([
      {
        integrationId: queue.queueId,
        organizationId: queue.organizationId,
        webhookId: queue.webhookId,
        messageId: first?.message_id,
        type: 'order/created',
        date: first?.enqueued_at.toISOString(),
      },
    ]);
  });

  it('is not done before its commit', async () => {
    const queue = await fixture.queue();
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM integration_queue WHERE queue_id = $1 FOR NO KEY UPDATE', [
      queue.queueId,
    ]);
    const { enqueue, woken } = await enqueuer('waits for its commit');
    let isDone = false;
    const enqueuing = enqueue([eventFor(queue, 1)]).then(() => (isDone = true));
    await fixture.database.waitingForLock('waits for its commit');
    expect(isDone).toBe(false);
    expect(woken).toEqual([]);
    await session.query('COMMIT');
    await enqueuing;
    expect((await fixture.stored(queue)).bodies).toEqual(['1']);
  });
});

describe('one record that the database refuses', () => {
  it.each([1, 250, 500])(
    'of 500, the %i., becomes a dead letter; the others keep their order',
    async (n) => {
      const queue = await fixture.queue();
      const events = upTo(500).map((each) => eventFor(queue, each === n ? 'unstorable' : each));
      const bad = events[n - 1] as FormattedEvent;
      const { enqueue, log } = await enqueuer();
      await enqueue(events);
      const others = upTo(500).filter((each) => each !== n);
      expect(await fixture.stored(queue)).toEqual({ seqs: upTo(499), bodies: others.map(String) });
      expect(await deadLetters(bad.record.offset)).toMatchObject([
        {
          topic: 'order.created',
          reason: 'not_storable',
          detail: expect.stringContaining('the body cannot be stored'),
        },
      ]);
      expect(log.of('record.dead_lettered')).toMatchObject([
        { fields: { offset: bad.record.offset, reason: 'not_storable' } },
      ]);
      await enqueue(events);
      expect((await fixture.stored(queue)).seqs).toHaveLength(499);
      expect(await deadLetters(bad.record.offset)).toHaveLength(1);
    },
  );

  it('twice in a batch costs those two', async () => {
    const queue = await fixture.queue();
    const { enqueue } = await enqueuer();
    await enqueue(upTo(20).map((n) => eventFor(queue, [3, 17].includes(n) ? 'unstorable' : n)));
    expect((await fixture.stored(queue)).bodies).toEqual(
      upTo(20)
        .filter((n) => n !== 3 && n !== 17)
        .map(String),
    );
  });

  it('because of anything but its data fails the batch, which can then be repeated', async () => {
    const queue = await fixture.queue();
    const events = ['1', 'disk full', '3'].map((body) => eventFor(queue, body));
    const { enqueue, woken } = await enqueuer();
    await expect(enqueue(events)).rejects.toMatchObject({ driverError: { code: '53100' } });
    expect((await fixture.stored(queue)).seqs).toEqual([]);
    expect(woken).toEqual([]);
    await enqueue([eventFor(queue, 'next')]);
    expect((await fixture.stored(queue)).bodies).toEqual(['"next"']);
  });
});

describe('an event that names its location alone', () => {
  it('gets the organization that an earlier batch has told', async () => {
    const queue = await fixture.queue();
    const locationId = randomUUID();
    const { enqueue } = await enqueuer();
    const { organizationId } = queue;
    await enqueue([{ ...eventFor(queue, 'tells'), learns: { locationId, organizationId } }]);
    await enqueue([ofLocation(queue, locationId)]);
    expect((await fixture.stored(queue)).bodies).toEqual(['"tells"', `"${locationId}"`]);
  });

  it('gets the organization that its own batch tells, even later, over what was known', async () => {
    const [queue, former] = [await fixture.queue(), await fixture.queue()];
    const locationId = randomUUID();
    const { enqueue } = await enqueuer();
    const tell = ({ organizationId }: TestQueue) => ({ learns: { locationId, organizationId } });
    await enqueue([{ ...eventFor(former, 'old'), ...tell(former) }]);
    await enqueue([ofLocation(queue, locationId), { ...eventFor(queue, 'new'), ...tell(queue) }]);
    expect((await fixture.stored(queue)).bodies).toEqual([`"${locationId}"`, '"new"']);
    expect((await fixture.stored(former)).bodies).toEqual(['"old"']);
  });

  it('becomes a dead letter where nobody has told, beside others that are stored', async () => {
    const queue = await fixture.queue();
    const lost = ofLocation(queue, 'nowhere');
    const tombstone: DeadLetter = {
      kind: 'dead_letter',
      record: eventFor(queue, 'gone').record,
      reason: 'tombstone',
      detail: 'the record has no value',
    };
    const { enqueue, log, metrics } = await enqueuer();
    await enqueue([eventFor(queue, 1), lost, tombstone, eventFor(queue, 2)]);
    expect((await fixture.stored(queue)).bodies).toEqual(['1', '2']);
    expect(await deadLetters(lost.record.offset)).toMatchObject([
      { reason: 'organization_unresolved', detail: expect.stringContaining('nowhere') },
    ]);
    expect(log.of('batch.enqueued')).toMatchObject([
      { fields: { deadLetters: { organization_unresolved: 1, tombstone: 1 } } },
    ]);
    expect(metrics.batches).toMatchObject([
      { messages: 2, deadLetters: { organization_unresolved: 1, tombstone: 1 } },
    ]);
  });
});
