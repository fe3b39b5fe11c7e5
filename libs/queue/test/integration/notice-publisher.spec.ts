import type { QueueNoticeInterface } from '@app/events';
import { type NoticeChannelInterface, TopicNoticeChannel } from '@app/queue';
import { Gate, waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NoticeOutbox } from '../notice-outbox.js';
import { RecordingNoticeEmitter } from '../notice-recorders.js';

let outbox: NoticeOutbox;
let emitter: RecordingNoticeEmitter;
let channel: TopicNoticeChannel;
beforeAll(async () => {
  outbox = await NoticeOutbox.create();
});
afterAll(() => outbox?.drop());
beforeEach(() => {
  emitter = new RecordingNoticeEmitter();
  channel = new TopicNoticeChannel(emitter);
});
afterEach(() => outbox.clear());

const both = ['blocked', 'recovered'] as const;
const ids = (notices: readonly QueueNoticeInterface[]) => notices.map(({ noticeId }) => noticeId);

describe('notices', () => {
  it('are sent once each, those of a queue in order, by however many replicas', async () => {
    const queues = await Promise.all(
      Array.from({ length: 40 }, () => outbox.write([...both, ...both, ...both])),
    );
    for (let n = 0; n < 4; n += 1) outbox.publisher(channel);
    const late = await outbox.write(both);
    await outbox.emptied('topic');

    expect(new Set(ids(emitter.notices)).size).toBe(41 * 6 - 4);
    expect(emitter.notices).toHaveLength(41 * 6 - 4);
    for (const queue of queues) expect(emitter.kinds(queue)).toEqual([...both, ...both, ...both]);
    expect(emitter.kinds(late)).toEqual(both);
    expect(outbox.log.of('notice.sent')).toHaveLength(emitter.notices.length);
  });

  it('wait for one another within a queue, and for no other queue', async () => {
    const [failing, other] = [await outbox.write(both), await outbox.write(both)];
    let broken = true;
    emitter.before = ({ integrationId }) =>
      broken && integrationId === failing
        ? Promise.reject(new Error('no leader'))
        : Promise.resolve();
    outbox.publisher(channel);
    await waitFor(() => outbox.log.of('notices.not_sent').length > 3);

    expect(emitter.kinds()).toEqual(both);
    expect(emitter.kinds(other)).toEqual(both);
    expect(outbox.log.of('notices.not_sent')[0]?.fields).toMatchObject({
      channel: 'topic',
      notices: 2,
      failures: 1,
      error: new Error('no leader'),
    });
    broken = false;
    await outbox.emptied('topic');
    expect(emitter.kinds(failing)).toEqual(both);
    expect(emitter.notices).toHaveLength(4);
  });

  it('are told as events are, and say what became of the message', async () => {
    const queue = await outbox.write(['gave_up']);
    await outbox.fixture.database.query(
      `UPDATE queue_notice SET detail = detail::jsonb || '{"reason": "gone"}'`,
    );
    const [detail] = await outbox.fixture.database.query<{ detail: Record<string, unknown> }>(
      'SELECT detail FROM queue_notice',
    );
    outbox.publisher(channel);
    await outbox.emptied('topic');
    const [notice] = emitter.notices;
    expect(notice).toEqual({
      noticeId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      kind: 'gave_up',
      integrationId: queue,
      organizationId: 'organization',
      episode: expect.stringMatching(/Z$/),
      date: expect.stringMatching(/Z$/),
      depth: 1,
      attempts: 1,
      messageId: detail?.detail['messageId'],
      webhookId: detail?.detail['webhookId'],
      code: 'http_status',
      statusCode: 503,
      lastErrorMessage: 'It answered 503',
      reason: 'gone',
      recoveredBy: null,
    });
  });

  it('rest for as long as the other side asks, on every replica', async () => {
    await outbox.write(['blocked']);
    const asked: number[] = [];
    const busy: NoticeChannelInterface = {
      name: 'webhook',
      atOnce: 1,
      send: (notices) => {
        asked.push(performance.now());
        const failure = { error: new Error('busy'), retryAfterMs: 600 };
        return Promise.resolve(asked.length === 1 ? { sent: [], failure } : { sent: notices });
      },
    };
    const backoff = { minMs: 10, maxMs: 5_000 };
    for (let n = 0; n < 3; n += 1) outbox.publisher(busy, { backoff });
    await outbox.emptied('webhook');
    const [first = 0, second = 0, ...others] = asked;
    expect(second - first).toBeGreaterThanOrEqual(600);
    expect(others).toEqual([]);
  });

  it.each([
    ['delivered', 'delivered'],
    ['discarded', 'discarded'],
    ['parked', 'skipped'],
  ])('of a recovery: %s is told as %s', async (outcome, recoveredBy) => {
    await outbox.write(['recovered']);
    await outbox.fixture.database.query(
      `UPDATE queue_notice SET detail = detail::jsonb || jsonb_build_object('outcome', $1::text)`,
      [outcome],
    );
    outbox.publisher(channel);
    await outbox.emptied('topic');
    expect(emitter.notices[0]).toMatchObject({ recoveredBy, reason: null });
  });
});

describe('a replica', () => {
  it('that was killed holds the others up for no longer than its lease', async () => {
    await outbox.write(both);
    const killed = outbox.store({ owner: 'killed', leaseMs: 400 });
    expect(await killed.claim('topic')).toBeDefined();
    const before = performance.now();
    outbox.publisher(channel);
    await outbox.emptied('topic');
    expect(performance.now() - before).toBeGreaterThan(350);
    expect(emitter.kinds()).toEqual(both);
  });

  it('that waits for the broker keeps its lease meanwhile', async () => {
    await outbox.write(['blocked']);
    const [gate, asked, leaseMs] = [new Gate(), new Gate(), 150];
    emitter.before = () => {
      asked.open();
      return gate.opened;
    };
    outbox.publisher(channel, {}, outbox.store({ leaseMs }));
    await asked.opened;
    const others = new RecordingNoticeEmitter();
    const before = performance.now();
    for (let n = 0; n < 2; n += 1) {
      outbox.publisher(new TopicNoticeChannel(others), {}, outbox.store({ leaseMs }));
    }
    await waitFor(() => performance.now() - before > 5 * leaseMs);
    gate.open();
    await outbox.emptied('topic');
    expect([emitter.kinds(), others.kinds()]).toEqual([['blocked'], []]);
  });

  it('sends nothing more when another has taken over', async () => {
    await outbox.write(both);
    const [gate, leaseMs] = [new Gate(), 150];
    emitter.before = () => gate.opened;
    const pausing = outbox.publisher(channel, {}, outbox.store({ leaseMs }));
    await waitFor(async () => (await holder()) === 'test');
    await outbox.fixture.database.query(
      `UPDATE notice_channel SET lease_token = lease_token + 1, lease_until = 'infinity', lease_owner = 'other'
       WHERE channel = 'topic'`,
    );
    const before = performance.now();
    await waitFor(() => performance.now() - before > leaseMs);
    gate.open();
    await waitFor(() => emitter.notices.length > 0);
    await pausing.stop();
    // What was on its way is marked; what was behind it is left to the other.
    expect(emitter.kinds()).toEqual(['blocked']);
    expect(await outbox.waiting('topic')).toBe(1);
    expect(await holder()).toBe('other');
  });

  it('gives the channel back when it ends, after what is on its way', async () => {
    await outbox.write(both);
    const [gate, asked] = [new Gate(), new Gate()];
    emitter.before = () => {
      asked.open();
      return gate.opened;
    };
    const ending = outbox.publisher(channel);
    await asked.opened;
    const ended = ending.stop();
    gate.open();
    await ended;
    expect(emitter.kinds()).toEqual(['blocked']);
    expect(await outbox.waiting('topic')).toBe(1);
    expect(await holder()).toBeNull();
  });

  it('marks what was acknowledged however long the database is away, and sends it once', async () => {
    await outbox.write(both);
    const away = () =>
      outbox.fixture.database.query('ALTER TABLE queue_notice RENAME COLUMN emitted_at TO away');
    emitter.before = async ({ kind }) => {
      if (kind === 'recovered') await away();
    };
    outbox.publisher(channel);
    outbox.publisher(channel);
    await waitFor(() => outbox.log.of('notices.not_marked').length > 1);
    await outbox.fixture.database.query(
      'ALTER TABLE queue_notice RENAME COLUMN away TO emitted_at',
    );
    await outbox.emptied('topic');
    expect(emitter.kinds()).toEqual(both);
  });

  it('writes nothing while nothing waits', async () => {
    const claims = async () =>
      (
        await outbox.fixture.database.one<{ token: string }>(
          `SELECT lease_token AS token FROM notice_channel WHERE channel = 'topic'`,
        )
      ).token;
    const before = await claims();
    for (let n = 0; n < 5; n += 1) expect(await outbox.store().claim('topic')).toBeUndefined();
    expect(await claims()).toBe(before);
  });
});

const holder = async (): Promise<string | null> =>
  (
    await outbox.fixture.database.one<{ owner: string | null }>(
      `SELECT lease_owner AS owner FROM notice_channel WHERE channel = 'topic'`,
    )
  ).owner;
