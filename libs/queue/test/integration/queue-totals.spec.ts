import { QueueTotalsQuery, type QueueTotals } from '@app/queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messagesFor, QueueFixture, type TestQueue } from '../queue-fixture.js';

/** Slack for the time that the spec itself takes, seconds. */
const SLACK = 60;

let fixture: QueueFixture;
beforeEach(async () => {
  fixture = await QueueFixture.create();
});
afterEach(() => fixture?.drop());

const totals = (): Promise<QueueTotals> => new QueueTotalsQuery(fixture.dataSource).execute();

/** As if what is in the queue had been enqueued so long ago, and kept since. */
const age = ({ queueId }: TestQueue, seconds: number) =>
  fixture.database.query(
    `UPDATE integration_queue_message
     SET enqueued_at = clock_timestamp() - $2 * interval '1 second', stored_at = '-infinity'
     WHERE queue_id = $1`,
    [queueId, seconds],
  );

const ago = (seconds: number): string => `clock_timestamp() - interval '${seconds} seconds'`;

function expectAge(actual: number, seconds: number): void {
  expect(actual).toBeGreaterThanOrEqual(seconds);
  expect(actual).toBeLessThan(seconds + SLACK);
}

describe('the totals of all queues', () => {
  it('are 0, ages too, where there is no queue', async () => {
    expect(await totals()).toEqual({
      healthy: 0,
      blocked: 0,
      suspended: 0,
      paused: 0,
      givenUp: 0,
      waiting: 0,
      longestBlockedSeconds: 0,
      oldestHeadSeconds: 0,
      oldestSendableHeadSeconds: 0,
    });
  });

  it('count queues by status, suspended, paused and given up ones besides, and the messages that wait', async () => {
    const [healthy, blocked, suspended, paused] = await fixture.queues(5);
    if (!healthy || !blocked || !suspended || !paused) throw new Error('no queues');
    await fixture.enqueue(messagesFor(healthy, 3));
    await fixture.enqueue(messagesFor(blocked, 4));
    await fixture.set(healthy, 'head_seq = 2');
    await fixture.set(
      blocked,
      `status = 'BLOCKED', blocked_at = ${ago(1_000)}, gave_up_at = ${ago(1)}, gave_up_reason = 'gone'`,
    );
    await fixture.set(paused, 'paused_at = clock_timestamp()');
    await fixture.set(suspended, 'suspended_at = clock_timestamp()');
    const found = await totals();
    expect(found).toMatchObject({ healthy: 4, blocked: 1, waiting: 2 + 4 });
    expect(found).toMatchObject({ suspended: 1, paused: 1, givenUp: 1 });
    expectAge(found.longestBlockedSeconds, 1_000);
  });

  it('have the age of the oldest head, and of the oldest that may be sent', async () => {
    const [blocked, young, old, suspended, paused, paced] = await fixture.queues(6);
    if (!blocked || !young || !old || !suspended || !paused || !paced) throw new Error('no queues');
    const ages = new Map([
      [blocked, 3_000],
      [young, 1_000],
      [old, 2_000],
      [suspended, 6_000],
      [paused, 5_000],
      [paced, 4_000],
    ]);
    for (const [queue, seconds] of ages) {
      await fixture.enqueue(messagesFor(queue, 2));
      await age(queue, seconds);
    }
    await fixture.set(blocked, `status = 'BLOCKED', blocked_at = ${ago(5)}`);
    await fixture.set(suspended, 'suspended_at = clock_timestamp()');
    await fixture.set(paused, 'paused_at = clock_timestamp()');
    await fixture.set(paced, 'pace = 5');
    const found = await totals();
    expectAge(found.oldestHeadSeconds, 6_000);
    expectAge(found.oldestSendableHeadSeconds, 2_000);
    // What was delivered does not count, however old it is.
    await fixture.set(old, 'head_seq = 3');
    for (const each of [suspended, paused, paced])
      await fixture.set(each, 'suspended_at = NULL, paused_at = NULL, pace = NULL, head_seq = 3');
    const later = await totals();
    expectAge(later.oldestHeadSeconds, 3_000);
    expectAge(later.oldestSendableHeadSeconds, 1_000);
  });

  it('take a copy of an old message for as old as the copy', async () => {
    const queue = await fixture.filledQueue(1);
    await fixture.database.query(
      `UPDATE integration_queue_message SET enqueued_at = ${ago(7_000)}, origin = 'replay'
       WHERE queue_id = $1`,
      [queue.queueId],
    );
    expectAge((await totals()).oldestSendableHeadSeconds, 0);
  });
});

describe('with 3,000 queues that wait', () => {
  const EACH = 1_500;

  /** Queues of either sort, of which the last is the oldest and was not tried, or blocked, for longest. */
  async function fill(): Promise<void> {
    const { queueId } = await fixture.queue();
    await fixture.database.query(
      `WITH filled AS (
         INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id, status,
                                        tail_seq, blocked_at, last_tried_at)
         SELECT id, id, application_id, 'o', CASE WHEN blocked THEN 'BLOCKED' ELSE 'HEALTHY' END, 1,
                CASE WHEN blocked THEN tried_at END, tried_at
         FROM (SELECT gen_random_uuid() AS id, q.application_id, n > $2 AS blocked,
                      clock_timestamp() - n * interval '1 second' AS tried_at
               FROM integration_queue q, generate_series(1, 2 * $2::int) n WHERE q.queue_id = $1) AS new
         RETURNING queue_id, last_tried_at)
       INSERT INTO integration_queue_message (queue_id, seq, message_id, webhook_id, type, enqueued_at,
                                              source_partition, source_offset, body, stored_at)
       SELECT queue_id, 1, gen_random_uuid(), gen_random_uuid(), 'order/created', last_tried_at, 0, 0, '',
              '-infinity'
       FROM filled`,
      [queueId, EACH],
    );
  }

  it('no more than 1,000 messages are read, and the longest waiting are among them', async () => {
    await fill();
    const dataSource = await fixture.database.dataSource(undefined, { poolSize: 1 });
    const query = new QueueTotalsQuery(dataSource);
    await dataSource.query('BEGIN');
    const found = await query.execute();
    const [read] = await dataSource.query<[{ rows: string }]>(
      `SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) AS rows
       FROM pg_stat_xact_user_tables WHERE relname LIKE 'integration_queue_message%'`,
    );
    await dataSource.query('COMMIT');
    expect(found).toMatchObject({ healthy: EACH + 1, blocked: EACH, waiting: 2 * EACH });
    expectAge(found.oldestHeadSeconds, 2 * EACH);
    expectAge(found.oldestSendableHeadSeconds, EACH);
    expect(Number(read.rows)).toBe(1_000);
  });
});
