import { OutcomeRecorder, type QueueLease } from '@app/queue';
import { TcpProxy, TestReceiver, waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messagesFor, QueueFixture, REJECTED, settlement } from '../queue-fixture.js';
import { RecordingLog } from '../recorders.js';
import { bodiesOf, Replica, upTo } from '../replica.js';

let fixture: QueueFixture;
let proxy: TcpProxy;
let log: RecordingLog;
let recorder: OutcomeRecorder;
beforeAll(async () => {
  fixture = await QueueFixture.create();
  await fixture.database.query(
    `ALTER TABLE delivery_attempt ADD CHECK (error IS DISTINCT FROM 'unstorable')`,
  );
});
afterAll(() => fixture?.drop());
beforeEach(async () => {
  proxy = await TcpProxy.start(fixture.database.url);
  log = new RecordingLog();
  const dataSource = await fixture.database.dataSource(undefined, {
    url: proxy.through(fixture.database.url),
    applicationName: 'recorder',
  });
  recorder = new OutcomeRecorder(fixture.store({}, dataSource), log);
});
afterEach(() => proxy.close());

const claimedOf = async (messages: number): Promise<QueueLease> =>
  fixture.claimed(await fixture.filledQueue(messages));

const queueOf = ({ queueId }: QueueLease) => ({ queueId, organizationId: '', webhookId: '' });

const attemptsOf = async ({ queueId }: QueueLease): Promise<number> =>
  (await fixture.database.query('SELECT FROM delivery_attempt WHERE queue_id = $1', [queueId]))
    .length;

const failedTries = () => waitFor(() => log.of('outcome.not_recorded').length > 0);

describe('recording an outcome', () => {
  it('is tried again when its connection is ended in the middle, and counts once', async () => {
    const lease = await claimedOf(2);
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM integration_queue WHERE queue_id = $1 FOR NO KEY UPDATE', [
      lease.queueId,
    ]);
    const recording = recorder.record(settlement(lease));
    const pid = await fixture.database.waitingForLock('recorder');
    await fixture.database.query('SELECT pg_terminate_backend($1)', [pid]);
    await failedTries();
    await session.query('COMMIT');
    expect(await recording).toMatchObject({ kind: 'settled', next: { head: { seq: '2' } } });
    expect(await attemptsOf(lease)).toBe(1);
  });

  it('waits for a database that is away, together with whatever ends meanwhile', async () => {
    const first = await claimedOf(1);
    const later = [await claimedOf(1), await claimedOf(1)];
    const leases = [first, ...later];
    proxy.goDown();
    const recordings = [recorder.record(settlement(first))];
    await failedTries();
    recordings.push(...later.map((lease) => recorder.record(settlement(lease))));
    proxy.comeBack();
    expect(await Promise.all(recordings)).toMatchObject(leases.map(() => ({ kind: 'settled' })));
    for (const lease of leases) {
      expect(await attemptsOf(lease)).toBe(1);
      expect((await fixture.row(queueOf(lease))).head_seq).toBe('2');
    }
  });

  it('gives the lease back where it was committed but the answer was lost', async () => {
    const lease = await claimedOf(2);
    proxy.loseAnswerTo('settle_attempts');
    expect(await recorder.record(settlement(lease))).toEqual({ kind: 'fenced' });
    expect(log.of('outcome.not_recorded')).toHaveLength(1);
    expect(await attemptsOf(lease)).toBe(1);
    expect(await fixture.row(queueOf(lease))).toMatchObject({ head_seq: '2', leased: false });
    expect((await fixture.claimed(queueOf(lease))).head.seq).toBe('2');
  });

  describe('in a batch whose answer was lost', () => {
    it('counts once: failures are settled again, and what was kept goes on at once', async () => {
      const [kept, failed] = [await claimedOf(2), await claimedOf(2)];
      proxy.loseAnswerTo('settle_attempts');
      const results = await Promise.all([
        recorder.record(settlement(kept)),
        recorder.record(settlement(failed, { outcome: REJECTED })),
      ]);
      expect(results).toMatchObject([{ kind: 'fenced' }, { kind: 'settled', next: undefined }]);
      expect(log.lines.map(({ event }) => event)).toEqual(['outcome.not_recorded']);
      expect([await attemptsOf(kept), await attemptsOf(failed)]).toEqual([1, 1]);
      expect(await fixture.row(queueOf(kept))).toMatchObject({ head_seq: '2', leased: false });
      expect(await fixture.row(queueOf(failed))).toMatchObject({
        status: 'BLOCKED',
        head_seq: '1',
        attempts: 1,
        leased: false,
      });
    });

    it('gives leases back one by one too, where another of the batch cannot be stored', async () => {
      const [kept, bad] = [await claimedOf(2), await claimedOf(1)];
      // Committed by an earlier try, of which this process heard nothing but the broken connection.
      await fixture.store().settle([settlement(kept)]);
      const unstorable = { outcome: { ...REJECTED, message: 'unstorable' } };
      proxy.goDown();
      const recordings = Promise.all([
        recorder.record(settlement(kept)),
        recorder.record(settlement(bad, unstorable)),
      ]);
      await failedTries();
      proxy.comeBack();
      expect(await recordings).toEqual([{ kind: 'fenced' }, { kind: 'fenced' }]);
      expect(await fixture.row(queueOf(kept))).toMatchObject({ head_seq: '2', leased: false });
      expect(log.of('outcome.lost')).toMatchObject([{ fields: { integrationId: bad.queueId } }]);
    });

    it('keeps what was settled where the lease cannot be given back', async () => {
      const [kept, failed] = [await claimedOf(2), await claimedOf(1)];
      await fixture.store().settle([settlement(kept)]);
      proxy.goDown();
      const recordings = Promise.all([
        recorder.record(settlement(kept)),
        recorder.record(settlement(failed, { outcome: REJECTED })),
      ]);
      await failedTries();
      proxy.loseAnswerTo('release_queues');
      proxy.comeBack();
      expect(await recordings).toMatchObject([{ kind: 'fenced' }, { kind: 'settled' }]);
      expect(log.of('lease.not_released')).toMatchObject([{ fields: { queues: 1 } }]);
    });
  });

  it('that was lost to a successor leaves the successor alone', async () => {
    const lease = await claimedOf(2);
    await fixture.set(queueOf(lease), `lease_until = clock_timestamp() - interval '1 ms'`);
    proxy.goDown();
    const recording = recorder.record(settlement(lease));
    await failedTries();
    await fixture.claimed(queueOf(lease));
    proxy.comeBack();
    expect(await recording).toEqual({ kind: 'fenced' });
    expect(await fixture.row(queueOf(lease))).toMatchObject({
      head_seq: '1',
      lease_token: '2',
      leased: true,
    });
  });

  it('that cannot be stored does not hold back the others of its batch', async () => {
    const [one, bad, two] = [await claimedOf(1), await claimedOf(1), await claimedOf(1)];
    const unstorable = { outcome: { ...REJECTED, message: 'unstorable' } };
    const results = await Promise.all([
      recorder.record(settlement(one)),
      recorder.record(settlement(bad, unstorable)),
      recorder.record(settlement(two)),
    ]);
    expect(results.map((result) => result.kind)).toEqual(['settled', 'fenced', 'settled']);
    expect(log.of('outcome.lost')).toMatchObject([{ fields: { integrationId: bad.queueId } }]);
    await expect(recorder.record(settlement(bad, unstorable))).rejects.toMatchObject({
      driverError: { code: '23514' },
    });
  });
});

it('a database that goes away in the middle of deliveries costs no message, no order, and one repetition a queue at most', async () => {
  const receiver = await TestReceiver.start();
  const paths = upTo(10).map((n) => `/away/${n}`);
  const queues = await Promise.all(paths.map((path) => fixture.queue(receiver.url(path))));
  await fixture.enqueue(queues.flatMap((queue) => messagesFor(queue, 60)));
  const dataSource = await fixture.database.dataSource(undefined, {
    url: proxy.through(fixture.database.url),
  });
  const replica = new Replica(dataSource, { sweepMs: 50 });
  try {
    await receiver.waitForCount(150);
    proxy.goDown();
    await waitFor(() => replica.log.of('outcome.not_recorded').length > 0);
    proxy.comeBack();
    await receiver.waitFor(
      ({ requests }) =>
        new Set(requests.map(({ path, body }) => `${path} ${String(body)}`)).size === 600,
      { timeoutMs: 20_000 },
    );
    for (const path of paths) {
      const bodies = bodiesOf(receiver.requestsTo(path));
      expect(bodies.length).toBeLessThanOrEqual(61);
      expect([...new Set(bodies)]).toEqual(upTo(60));
    }
    for (const queue of queues) expect((await fixture.row(queue)).status).toBe('HEALTHY');
  } finally {
    await replica.stop();
    await receiver.close();
  }
});
