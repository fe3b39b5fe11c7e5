import { FormatterRegistry } from '@app/formatters';
import {
  DeadLetterRedrive,
  IngestStore,
  MessageEnqueuer,
  NO_TRACES,
  OperatorActionsStore,
  ReadyQueues,
  RequestIdUsedError,
  StoredDeadLettersStore,
} from '@app/queue';
import type { KafkaRecord } from '@app/events';
import { IntegrationWebhooksQuery } from '@app/subscriptions';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { QueueFixture, type TestQueue } from '../queue-fixture.js';
import { upTo } from '../replica.js';
import { drain } from '../retention-fixture.js';
import { RecordingEmitter, RecordingLog, RecordingMetrics } from '../recorders.js';

const ANA = { actor: 'ana', reason: 'the location is known by now' };
const INTEGRATION_EVENT = 'location.fulfillment-service-integration.created';

let fixture: QueueFixture;
let queue: TestQueue;
let enqueuer: MessageEnqueuer;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());
beforeEach(async () => {
  await fixture.database.query('TRUNCATE ingest_dead_letter, operator_action');
  queue = await fixture.queue();
  const webhooks = new IntegrationWebhooksQuery(fixture.dataSource, { clockSkewMs: 300_000 });
  const emitter = new RecordingEmitter(() => undefined);
  const reports = { log: new RecordingLog(), metrics: new RecordingMetrics(), tracer: NO_TRACES };
  enqueuer = new MessageEnqueuer(fixture.ingest(), webhooks, emitter, new ReadyQueues(), reports);
});

const registry = (maxBytes = 1_000): FormatterRegistry =>
  new FormatterRegistry({ maxBytes, deliveryOrderUpdated: false });

const redrive = (formats = registry()): DeadLetterRedrive =>
  new DeadLetterRedrive({
    deadLetters: new StoredDeadLettersStore(fixture.dataSource),
    ingest: new IngestStore(fixture.dataSource),
    webhooks: new IntegrationWebhooksQuery(fixture.dataSource, { clockSkewMs: 300_000 }),
    actions: new OperatorActionsStore(fixture.dataSource),
    format: (record) => formats.format(record),
  });

let offset = 0;
const record = (topic: string, value: object | string | null): KafkaRecord => ({
  topic,
  partition: 0,
  offset: String((offset += 1)),
  timestamp: String(Date.now()),
  key: Buffer.from('key'),
  value:
    value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  headers: { trace: [Buffer.from('a'), Buffer.from('b')] },
});

/** As if they had come over Kafka. */
const ingested = (...records: KafkaRecord[]): Promise<void> =>
  enqueuer.enqueue(records.map((each) => registry().format(each)));

const bodies = async (): Promise<string[]> => (await fixture.stored(queue)).bodies;

const openLetters = () =>
  fixture.database.query<{ topic: string }>(
    'SELECT topic FROM ingest_dead_letter WHERE redriven_at IS NULL ORDER BY id',
  );

/** Two events of a location that nobody knows yet, and then the event that tells whose it is. */
async function unresolved(locationId: string = randomUUID()): Promise<KafkaRecord[]> {
  const events = [1, 2].map((n) => record(INTEGRATION_EVENT, { locationId, n }));
  await ingested(...events);
  expect(await openLetters()).toHaveLength(2);
  const { organizationId } = queue;
  await ingested(record('location.created', { id: locationId, organizationId }));
  return events;
}

describe('re-driving dead letters', () => {
  it('makes messages of them as they would have been, behind what waits, oldest first', async () => {
    const events = await unresolved();
    expect(await redrive().execute({}, ANA)).toEqual({
      redriven: 2,
      messages: 2,
      stillDead: [],
      stillDeadCount: 0,
      remaining: 0,
      repeated: false,
    });
    expect((await bodies()).slice(1)).toEqual(events.map(({ value }) => String(value)));
    expect(await openLetters()).toEqual([]);
    const [action] = await fixture.database.query(
      `SELECT actor, action, reason, queue_id, result->>'messages' AS messages FROM operator_action`,
    );
    expect(action).toEqual({ ...ANA, action: 'redrive', queue_id: null, messages: '2' });
  });

  it('adds nothing twice, by whomever and however often it is asked for', async () => {
    const events = await unresolved();
    await Promise.all([redrive().execute({}, ANA), redrive().execute({}, ANA)]);
    await ingested(...events);
    await fixture.database.query('UPDATE ingest_dead_letter SET redriven_at = NULL');
    expect(await redrive().execute({}, ANA)).toMatchObject({ redriven: 2, messages: 0 });
    expect(await bodies()).toHaveLength(3);
  });

  it('beside live records, a sender and a second operator adds each once, both kinds in their order', async () => {
    const locationId = randomUUID();
    const { organizationId } = queue;
    const letters = upTo(500).map((n) => record(INTEGRATION_EVENT, { locationId, n }));
    await ingested(...letters);
    await ingested(record('location.created', { id: locationId, organizationId }));
    const live = upTo(300).map((n) => record(INTEGRATION_EVENT, { locationId, live: n }));
    const sent: string[] = await drain(fixture, queue);
    const sendsAll = async (): Promise<void> => {
      const all = 1 + letters.length + live.length;
      while (sent.length < all) sent.push(...(await drain(fixture, queue)));
    };
    const ingests = async (): Promise<void> => {
      for (let from = 0; from < live.length; from += 10)
        await ingested(...live.slice(from, from + 10));
    };
    const [, , first, second] = await Promise.all([
      ingests(),
      sendsAll(),
      redrive().execute({}, ANA),
      redrive().execute({ topic: INTEGRATION_EVENT }, { ...ANA, actor: 'bo' }),
    ]);
    expect((first.messages ?? 0) + (second.messages ?? 0)).toBe(letters.length);
    const valuesOf = (records: KafkaRecord[]): string[] =>
      records.map(({ value }) => String(value));
    const isLive = (body: string): boolean => body.includes('"live"');
    const fromRecords = sent.filter((body) => body.includes('"locationId"'));
    expect(fromRecords.filter(isLive)).toEqual(valuesOf(live));
    expect(fromRecords.filter((body) => !isLive(body))).toEqual(valuesOf(letters));
    expect((await fixture.stored(queue)).seqs).toEqual(upTo(1 + letters.length + live.length));
  });

  it('leaves what is no event today either, and says why', async () => {
    await ingested(record('order.created', '{not json'), record('order.created', null));
    const { stillDead, ...result } = await redrive().execute({}, ANA);
    expect(result).toMatchObject({ redriven: 0, messages: 0, stillDeadCount: 2, remaining: 0 });
    expect(stillDead).toMatchObject([
      { id: expect.stringMatching(/^\d+$/), reason: 'not_json', detail: expect.any(String) },
      { reason: 'tombstone' },
    ]);
    expect(await openLetters()).toHaveLength(2);
    expect(await fixture.database.query('SELECT FROM operator_action')).toEqual([]);
  });

  it('takes what was too large once the limit was raised', async () => {
    const { organizationId } = queue;
    await ingested(record('order.created', { organizationId, text: 'x'.repeat(2_000) }));
    expect(await redrive().execute({}, ANA)).toMatchObject({ redriven: 0 });
    expect(await redrive(registry(10_000)).execute({}, ANA)).toMatchObject({ messages: 1 });
  });

  it('leaves what the database refuses, and takes what stands behind it', async () => {
    await unresolved();
    await fixture.database.query(`
      CREATE FUNCTION refuse_first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF position('"n":1' IN convert_from(NEW.body, 'UTF8')) > 0 THEN
          RAISE EXCEPTION 'refused' USING ERRCODE = '22023';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER refuse_first BEFORE INSERT ON integration_queue_message
        FOR EACH ROW EXECUTE FUNCTION refuse_first()`);
    try {
      expect(await redrive().execute({}, ANA)).toMatchObject({
        redriven: 1,
        messages: 1,
        stillDead: [{ reason: 'not_storable' }],
        remaining: 0,
      });
    } finally {
      await fixture.database.query('DROP FUNCTION refuse_first CASCADE');
    }
    expect(await openLetters()).toHaveLength(1);
  });

  it('writes down what was done before it was broken off, and goes on when it is asked again', async () => {
    await unresolved();
    const request = { ...ANA, requestId: randomUUID() };
    const brokenOff = { ...request, signal: AbortSignal.abort(new Error('the caller is gone')) };
    await expect(redrive().execute({}, brokenOff)).rejects.toThrow('the caller is gone');
    expect(await redrive().execute({}, request)).toMatchObject({ redriven: 2, repeated: false });
  });

  it('leaves what is not dispatched any more', async () => {
    const on = new FormatterRegistry({ maxBytes: 10, deliveryOrderUpdated: true });
    await enqueuer.enqueue([on.format(record('delivery-order.updated', { organizationId: 'o' }))]);
    const { stillDead } = await redrive().execute({}, ANA);
    expect(stillDead).toMatchObject([{ reason: 'not_dispatched' }]);
  });

  it('takes one, or those of a topic, a reason or a time', async () => {
    await ingested(
      record('order.created', '1'),
      record('order.updated', null),
      record('order.updated', '2'),
    );
    const rows = await fixture.database.query<{ id: string; received_at: Date }>(
      'SELECT id, received_at FROM ingest_dead_letter ORDER BY id',
    );
    await fixture.database.query(
      `UPDATE ingest_dead_letter SET received_at = received_at - interval '1 day' WHERE id = $1`,
      [rows[0]?.id],
    );
    const since = new Date(Number(rows[0]?.received_at) - 3_600_000);
    const count = async (selection: object): Promise<number> =>
      (await redrive().execute(selection, { ...ANA, dryRun: true })).stillDeadCount;
    expect(await count({})).toBe(3);
    expect(await count({ id: rows[1]?.id })).toBe(1);
    expect(await count({ topic: 'order.updated' })).toBe(2);
    expect(await count({ topic: 'order.updated', reason: 'tombstone' })).toBe(1);
    expect(await count({ receivedFrom: since })).toBe(2);
    expect(await count({ receivedTo: since })).toBe(1);
  });

  it('does nothing in a dry run but count', async () => {
    await unresolved();
    expect(await redrive().execute({}, { ...ANA, dryRun: true })).toMatchObject({
      redriven: 2,
      messages: null,
      remaining: 0,
    });
    expect(await bodies()).toHaveLength(1);
    expect(await openLetters()).toHaveLength(2);
  });

  it('answers a request id again with what it came to, and refuses it for something else', async () => {
    await unresolved();
    const request = { ...ANA, requestId: randomUUID() };
    await redrive().execute({}, request);
    await unresolved();
    expect(await redrive().execute({}, request)).toMatchObject({ redriven: 2, repeated: true });
    expect(await openLetters()).toHaveLength(2);
    await expect(redrive().execute({ topic: 'order.created' }, request)).rejects.toBeInstanceOf(
      RequestIdUsedError,
    );
  });
});
