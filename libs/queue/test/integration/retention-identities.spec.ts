import { MessageEnqueuer, messageIdOf, IngestStore, NO_TRACES, ReadyQueues } from '@app/queue';
import { IntegrationWebhooksQuery } from '@app/subscriptions';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isDataError } from '../../src/data-error.js';
import { messageFor, QueueFixture, type TestQueue } from '../queue-fixture.js';
import { RecordingEmitter, RecordingLog, RecordingMetrics } from '../recorders.js';
import { CLOCK_SKEW_MS, eventFor } from '../replica.js';
import {
  age,
  dayOf,
  drain,
  inDays,
  partitionsOf,
  placesOf,
  retention,
  WEEKS_LATER,
} from '../retention-fixture.js';

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());
afterEach(() => retention(fixture.dataSource).job.makePartitions());

let offset = 0;

/** A message of a record with that timestamp, in milliseconds; each is of another record. */
function messageAt(queue: TestQueue, timestamp: number) {
  offset += 1;
  const record = {
    ...eventFor(queue, offset).record,
    offset: String(offset),
    timestamp: String(timestamp),
  };
  return messageFor(queue, String(offset), messageIdOf(record, queue.webhookId));
}

type Message = ReturnType<typeof messageAt>;

/** Comes once more, as after a group was reset: how many were stored of it. */
const redelivered = async (message: Message): Promise<number> =>
  (await fixture.enqueue([message]))[0]?.inserted ?? 0;

const placeOf = async ({ messageId }: Message): Promise<string | undefined> => {
  const [row] = await fixture.database.query<{ place: string }>(
    `SELECT replace(tableoid::regclass::text, 'message_identity_', '') AS place
     FROM message_identity WHERE message_id = $1`,
    [messageId],
  );
  return row?.place;
};

const forWeeks = { redeliveredForDays: () => Promise.resolve(30) };
const forEver = { redeliveredForDays: () => Promise.resolve(undefined) };

describe('a record that comes again', () => {
  it('is known within the horizon, although its message is gone, and not for ever', async () => {
    const queue = await fixture.queue();
    const message = messageAt(queue, Date.now());
    await fixture.enqueue([message]);
    await drain(fixture, queue);
    await age(fixture, forWeeks);
    expect(await placesOf(fixture, queue)).toEqual([]);
    expect(await redelivered(message)).toBe(0);
    await age(fixture, forEver);
    expect(await redelivered(message)).toBe(0);
    await age(fixture);
    expect(await redelivered(message)).toBe(1);
  });

  it('is known for as long as messages are kept, where Kafka keeps it for less', async () => {
    const queue = await fixture.queue();
    const message = messageAt(queue, Date.now());
    await fixture.enqueue([message]);
    const { job } = retention(fixture.dataSource, { redeliveredForDays: () => Promise.resolve(2) });
    await job.run(inDays(13));
    expect(await placeOf(message)).toBe(dayOf(new Date()));
  });

  it('is known as long as it is not known how long Kafka keeps records', async () => {
    const queue = await fixture.queue();
    const message = messageAt(queue, Date.now());
    await fixture.enqueue([message]);
    const log = await age(fixture, {
      redeliveredForDays: () => Promise.reject(new Error('no broker answers')),
    });
    expect(await redelivered(message)).toBe(0);
    expect(log.of('identities.kept')).toMatchObject([
      { level: 'warn', fields: { error: { message: 'no broker answers' } } },
    ]);
  });

  it('is known for the horizon from when it was stored, however late it came', async () => {
    const queue = await fixture.queue();
    await fixture.database.query(`SELECT add_partition('message_identity', $1::date)`, [
      inDays(-13).toISOString(),
    ]);
    const late = messageAt(queue, inDays(-13).getTime());
    await fixture.enqueue([late]);
    const place = dayOf(inDays(-13));
    expect(await placeOf(late)).toBe(place);
    // By its own time it would be of 23 days ago.
    const { job, log } = retention(fixture.dataSource);
    await job.run(inDays(10));
    expect(await placeOf(late)).toBe(place);
    expect(log.of('partition.kept').map(({ fields }) => fields)).toContainEqual(
      expect.objectContaining({ partition: `message_identity_${place}` }),
    );
    await job.run(WEEKS_LATER);
    expect(await placeOf(late)).toBeUndefined();
  });

  it('is known while its message is in a partition that could not be dropped', async () => {
    const queue = await fixture.queue();
    const messages = [messageAt(queue, Date.now()), messageAt(queue, 0)];
    await fixture.enqueue(messages);
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    await session.query('LOCK TABLE ONLY integration_queue_message IN ACCESS SHARE MODE');
    await retention(fixture.dataSource).job.run(WEEKS_LATER);
    await session.query('COMMIT');
    expect(await Promise.all(messages.map(placeOf))).toEqual([dayOf(new Date()), 'default']);
    await age(fixture);
    expect(await Promise.all(messages.map(placeOf))).toEqual([undefined, undefined]);
  });
});

describe('a record whose timestamp is odd', () => {
  const YEAR_2100 = Date.UTC(2100, 0, 1);

  it.each([
    ['0', 0],
    ['-1', -1],
    ['of weeks ago', inDays(-100).getTime()],
  ])('%s is stored once, and known from then on for the horizon', async (_name, timestamp) => {
    const queue = await fixture.queue();
    const message = messageAt(queue, timestamp);
    await fixture.enqueue([message]);
    expect([await redelivered(message), await placeOf(message)]).toEqual([0, 'default']);
    await age(fixture, forWeeks);
    expect(await redelivered(message)).toBe(0);
    expect(await drain(fixture, queue)).toEqual([message.body.toString()]);
    const log = await age(fixture);
    expect(log.of('rows.forgotten')).toMatchObject([
      { fields: { rows: { message_identity_default: 1 } } },
    ]);
    expect(await placeOf(message)).toBeUndefined();
  });

  it('is known until that day, as Kafka keeps it until then', async () => {
    const queue = await fixture.queue();
    const message = messageAt(queue, YEAR_2100);
    await fixture.enqueue([message]);
    await age(fixture);
    expect([await redelivered(message), await placeOf(message)]).toEqual([0, 'default']);
    const { job } = retention(fixture.dataSource);
    await job.run(new Date(YEAR_2100 + 1));
    expect(await placeOf(message)).toBe('21000101');
    await job.run(new Date(YEAR_2100 + (WEEKS_LATER.getTime() - Date.now())));
    expect(await placeOf(message)).toBeUndefined();
  });

  it('is taken along when the partition of its day is made, and goes with that', async () => {
    const queue = await fixture.queue();
    const message = messageAt(queue, inDays(40).getTime());
    await fixture.enqueue([message]);
    expect(await placeOf(message)).toBe('default');
    await retention(fixture.dataSource).job.makePartitions(inDays(40));
    expect(await placeOf(message)).toBe(dayOf(inDays(40)));
    await retention(fixture.dataSource).job.run(inDays(54));
    expect(await redelivered(message)).toBe(0);
    await retention(fixture.dataSource).job.run(inDays(57));
    expect(await placeOf(message)).toBeUndefined();
  });
});

describe('a day without a partition', () => {
  it('is no fault of the record: it is tried again, and stored when the job has made it', async () => {
    const dataSource = await fixture.database.dataSource();
    const log = new RecordingLog();
    const enqueuer = new MessageEnqueuer(
      new IngestStore(dataSource),
      new IntegrationWebhooksQuery(dataSource, { clockSkewMs: CLOCK_SKEW_MS }),
      new RecordingEmitter(() => undefined),
      new ReadyQueues(),
      { log, metrics: new RecordingMetrics(), tracer: NO_TRACES },
    );
    const queue = await fixture.queue();
    for (const name of await partitionsOf(fixture, 'integration_queue_message')) {
      await fixture.database.query(`DROP TABLE ${name}`);
    }
    const items = [eventFor(queue, 1), eventFor(queue, 2)];
    const refused: unknown = await enqueuer.enqueue(items).catch((error: unknown) => error);
    expect(String(refused)).toMatch('no partition of relation "integration_queue_message"');
    expect(isDataError(refused)).toBe(false);
    await retention(dataSource).job.makePartitions();
    await enqueuer.enqueue(items);
    expect((await fixture.stored(queue)).bodies).toEqual(['1', '2']);
    const letters = await fixture.database.query('SELECT FROM ingest_dead_letter');
    expect([letters, log.of('record.dead_lettered')]).toEqual([[], []]);
  });
});

describe('rows without partitions', () => {
  it('go where nobody needs them: notices of past episodes, dead letters that were sent again', async () => {
    const blocked = await fixture.queue();
    await fixture.set(blocked, `status = 'BLOCKED', blocked_at = '2020-01-01', tail_seq = 1`);
    const notice = (episode: string, emitted: string) =>
      fixture.database.query(
        `INSERT INTO queue_notice (queue_id, organization_id, kind, episode, detail, happened_at, emitted_at)
         VALUES ($1, 'o', 'blocked', $2, '{}', '2020-01-01', $3)`,
        [blocked.queueId, episode, emitted],
      );
    await notice('2019-01-01', '2020-01-01');
    await notice('2020-01-01', '2020-01-01');
    await fixture.database.query(
      `INSERT INTO queue_notice (queue_id, organization_id, kind, episode, detail, happened_at)
       VALUES ($1, 'o', 'recovered', '2019-01-01', '{}', '2020-01-01')`,
      [blocked.queueId],
    );
    const letter = (at: number, redriven: string | null) =>
      fixture.database.query(
        `INSERT INTO ingest_dead_letter (topic, partition, "offset", record_timestamp, headers, reason, detail,
                                         received_at, redriven_at)
         VALUES ('t', 0, $1, 0, '[]', 'not_json', '', '2020-01-01', $2)`,
        [at, redriven],
      );
    await letter(1, null);
    await letter(2, '2020-01-01');
    await letter(3, inDays(-10).toISOString());
    const { job, log } = retention(fixture.dataSource, {
      redeliveredForDays: () => Promise.resolve(2),
    });
    await job.run();
    expect(log.of('rows.forgotten')[0]?.fields['rows']).toEqual({
      queue_notice: 1,
      ingest_dead_letter: 1,
    });
    expect(
      await fixture.database.query('SELECT kind, episode::date::text FROM queue_notice ORDER BY 1'),
    ).toEqual([
      { kind: 'blocked', episode: '2020-01-01' },
      { kind: 'recovered', episode: '2019-01-01' },
    ]);
    expect(
      await fixture.database.query('SELECT "offset" FROM ingest_dead_letter ORDER BY 1'),
    ).toEqual([{ offset: '1' }, { offset: '3' }]);
  });
});
