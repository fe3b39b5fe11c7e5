import { NoticeStore, STILL_BLOCKED, StillBlockedWatch } from '@app/queue';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { QueueFixture, REJECTED, settleOne, type TestQueue } from '../queue-fixture.js';
import { RecordingLog } from '../recorders.js';

let fixture: QueueFixture;
let store: NoticeStore;
let log: RecordingLog;
beforeAll(async () => {
  fixture = await QueueFixture.create();
  store = new NoticeStore(fixture.dataSource, { owner: 'test', leaseMs: 15_000 });
});
afterAll(() => fixture?.drop());
beforeEach(async () => {
  log = new RecordingLog();
  await fixture.database.query('TRUNCATE queue_notice');
  await fixture.database.query(
    `UPDATE integration_queue SET status = 'HEALTHY', blocked_at = NULL`,
  );
});

const watch = (options = {}) => new StillBlockedWatch(store, log, options);

/** A queue with two messages whose first was refused, so long ago. */
async function blockedSince(ago: string): Promise<TestQueue> {
  const queue = await fixture.filledQueue(2);
  await settleOne(fixture.store(), await fixture.claimed(queue), {
    outcome: REJECTED,
    keep: false,
  });
  await fixture.database.query('DELETE FROM queue_notice WHERE queue_id = $1', [queue.queueId]);
  await fixture.set(queue, `blocked_at = clock_timestamp() - interval '${ago}'`);
  return queue;
}

/** Kinds in the order in which they will be sent. */
async function kindsOf({ queueId }: TestQueue): Promise<string[]> {
  const rows = await fixture.database.query<{ kind: string }>(
    'SELECT kind FROM queue_notice WHERE queue_id = $1 ORDER BY id',
    [queueId],
  );
  return rows.map(({ kind }) => kind);
}

describe('an episode that lasts', () => {
  it('gets one notice after an hour and one after a day, however often and from wherever one looks', async () => {
    const [short, hour, day] = [
      await blockedSince('59 minutes'),
      await blockedSince('61 minutes'),
      await blockedSince('25 hours'),
    ];
    for (let n = 0; n < 3; n += 1) await watch().look();
    await Promise.all(Array.from({ length: 8 }, () => watch().look()));

    expect(await kindsOf(short)).toEqual([]);
    expect(await kindsOf(hour)).toEqual(['still_blocked_1h']);
    expect(await kindsOf(day)).toEqual(['still_blocked_1h', 'still_blocked_24h']);
    await fixture.set(hour, `blocked_at = blocked_at - interval '1 day'`);
    await watch().look();
    expect(log.of('notices.not_written')).toEqual([]);
  });

  it('is told with its head, the depth, the attempts and the last failure', async () => {
    const queue = await blockedSince('2 hours');
    await watch().look();

    const [waiting] = await store.waiting('topic', 10);
    const { message_id: messageId } = await fixture.database.one<{ message_id: string }>(
      'SELECT message_id FROM integration_queue_message WHERE queue_id = $1 AND seq = 1',
      [queue.queueId],
    );
    const { blocked_at: blockedAt } = await fixture.row(queue);
    expect(waiting?.notice).toMatchObject({
      kind: 'still_blocked_1h',
      integrationId: queue.queueId,
      organizationId: queue.organizationId,
      episode: blockedAt?.toISOString(),
      depth: 2,
      attempts: 1,
      messageId,
      webhookId: queue.webhookId,
      code: 'http_status',
      statusCode: 503,
      lastErrorMessage: REJECTED.message,
      reason: null,
      recoveredBy: null,
    });
  });

  it('passes one threshold after the other, and is told of each once', async () => {
    const queue = await blockedSince('25 hours');
    const [hour, day] = STILL_BLOCKED;
    if (!hour || !day) throw new Error('no thresholds');
    await watch({ thresholds: [hour, { ...day, afterMs: 2 * day.afterMs }] }).look();
    expect(await kindsOf(queue)).toEqual(['still_blocked_1h']);
    await watch().look();
    expect(await kindsOf(queue)).toEqual(['still_blocked_1h', 'still_blocked_24h']);
    expect(log.of('notices.not_written')).toEqual([]);
  });

  it('that is another one is told again', async () => {
    const queue = await blockedSince('61 minutes');
    await watch().look();
    await fixture.set(queue, `blocked_at = blocked_at - interval '1 minute'`);
    await watch().look();
    expect(await kindsOf(queue)).toEqual(['still_blocked_1h', 'still_blocked_1h']);
  });

  it('is left to the next time where its queue is locked: it may recover at this moment', async () => {
    const [recovering, other] = [await blockedSince('2 hours'), await blockedSince('2 hours')];
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    await session.query(
      `UPDATE integration_queue SET status = 'HEALTHY', blocked_at = NULL WHERE queue_id = $1`,
      [recovering.queueId],
    );
    await watch().look();
    expect(await kindsOf(other)).toEqual(['still_blocked_1h']);
    await session.query('COMMIT');
    await watch().look();
    expect(await kindsOf(recovering)).toEqual([]);
  });

  it('is found among many, a bounded number at a time', async () => {
    const queues = await Promise.all(Array.from({ length: 7 }, () => blockedSince('25 hours')));
    await watch({ queuesAtOnce: 3 }).look();
    for (const queue of queues) {
      expect(await kindsOf(queue)).toEqual(STILL_BLOCKED.map(({ kind }) => kind));
    }
  });
});

describe('the look at long episodes', () => {
  it('does not end with a failure, and takes up what it could not write', async () => {
    const queue = await blockedSince('2 hours');
    await fixture.database.query('ALTER TABLE queue_notice RENAME TO away');
    await watch().look();
    await fixture.database.query('ALTER TABLE away RENAME TO queue_notice');
    expect(log.of('notices.not_written')).toHaveLength(1);
    await watch().look();
    expect(await kindsOf(queue)).toEqual(['still_blocked_1h']);
  });
});
