import type { QueueStore } from '@app/queue';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DELIVERED,
  LEASE_MS,
  messagesFor,
  QueueFixture,
  REJECTED,
  settleOne,
} from '../queue-fixture.js';

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

let fixture: QueueFixture;

const idsOfDue = async (store: QueueStore): Promise<string[]> =>
  (await store.findDue(FIRST_ID, 1_000)).map(({ queueId }) => queueId);
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

describe('a claim', () => {
  it('leases a queue and gives the message at its head with everything a sender needs', async () => {
    const queue = await fixture.queue();
    const messages = messagesFor(queue, 2);
    await fixture.enqueue(messages);
    const [lease] = await fixture.store({ owner: 'replica 1' }).claim([queue.queueId]);
    expect(lease).toMatchObject({
      queueId: queue.queueId,
      organizationId: queue.organizationId,
      token: '1',
      status: 'HEALTHY',
      attempts: 0,
      head: {
        seq: '1',
        messageId: messages[0]?.messageId,
        webhookId: queue.webhookId,
        type: 'order/created',
        body: Buffer.from('1'),
        endPoint: 'http://127.0.0.1:1/',
        headers: {},
        removed: false,
      },
    });
    const row = await fixture.row(queue);
    expect(row).toMatchObject({ lease_owner: 'replica 1', lease_token: '1', leased: true });
    expect(row.lease_left).toBeGreaterThan(LEASE_MS - 5_000);
    expect(row.lease_left).toBeLessThanOrEqual(LEASE_MS);
  });

  it('lets its holder rely on less time than the database grants', async () => {
    const queue = await fixture.filledQueue(1);
    const before = performance.now();
    const lease = await fixture.claimed(queue);
    const { lease_left } = await fixture.row(queue);
    expect(lease.deadline).toBeGreaterThanOrEqual(before + LEASE_MS);
    expect(lease.deadline).toBeLessThan(performance.now() + (lease_left ?? 0));
  });

  it('leases every queue to exactly one of eight who claim at once', async () => {
    const queues = await fixture.queues(40);
    await fixture.enqueue(queues.flatMap((queue) => messagesFor(queue, 1)));
    const ids = queues.map((queue) => queue.queueId);
    const store = fixture.store({}, await fixture.database.dataSource(undefined, { poolSize: 8 }));
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, n) => store.claim(n % 2 ? ids : [...ids].reverse())),
    );
    const claimed = claims.flat().map((lease) => lease.queueId);
    expect(claimed).toHaveLength(40);
    expect(new Set(claimed)).toEqual(new Set(ids));
  });

  it('does not wait for a queue whose row is locked, and leases the others', async () => {
    const [held, free] = [await fixture.filledQueue(1), await fixture.filledQueue(1)];
    const session = await fixture.database.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM integration_queue WHERE queue_id = $1 FOR NO KEY UPDATE', [
      held.queueId,
    ]);
    const leases = await fixture.store().claim([held.queueId, free.queueId]);
    expect(leases.map((lease) => lease.queueId)).toEqual([free.queueId]);
    await session.query('ROLLBACK');
    expect(await fixture.store().claim([held.queueId])).toHaveLength(1);
  });

  it('passes over what is empty, leased, unknown or named twice', async () => {
    const [empty, leased, due] = [
      await fixture.queue(),
      await fixture.filledQueue(1),
      await fixture.filledQueue(1),
    ];
    await fixture.claimed(leased);
    const ids = [empty.queueId, leased.queueId, randomUUID(), due.queueId, due.queueId];
    const leases = await fixture.store().claim(ids);
    expect(leases.map((lease) => lease.queueId)).toEqual([due.queueId]);
    expect(await fixture.store().claim([])).toEqual([]);
  });

  it('takes over an expired lease with a new token', async () => {
    const queue = await fixture.filledQueue(1);
    await fixture.claimed(queue);
    await fixture.set(queue, `lease_until = clock_timestamp() - interval '1 ms'`);
    const lease = await fixture.claimed(queue, fixture.store({ owner: 'successor' }));
    expect(lease.token).toBe('2');
    expect((await fixture.row(queue)).lease_owner).toBe('successor');
  });

  const blocked = (due: string) =>
    `status = 'BLOCKED', blocked_at = clock_timestamp(), due_at = ${due}`;
  const past = `clock_timestamp() - interval '1 s'`;
  const future = `clock_timestamp() + interval '60 s'`;

  it.each([
    ['BLOCKED and due', blocked(past), { probe: true, manual: false }],
    ['BLOCKED and not yet due', blocked(future), { probe: false, manual: false }],
    ['BLOCKED and asked for', blocked(`'-infinity'`), { probe: true, manual: true }],
    ['HEALTHY and due', `due_at = ${past}`, { probe: true, manual: true }],
    ['HEALTHY and at rest', `due_at = ${future}`, { probe: false, manual: false }],
  ])('of a queue that is %s', async (_, state, expected) => {
    for (const mode of ['probe', 'manual'] as const) {
      const queue = await fixture.filledQueue(1);
      await fixture.set(queue, state);
      const store = fixture.store({ probe: mode === 'probe' });
      const due = await idsOfDue(store);
      expect(due.includes(queue.queueId), `found in mode ${mode}`).toBe(expected[mode]);
      const leases = await store.claim([queue.queueId]);
      expect(leases.length === 1, `claimed in mode ${mode}`).toBe(expected[mode]);
    }
  });
});

describe('giving a lease back', () => {
  it('makes the queue claimable at once, by whoever comes', async () => {
    const queue = await fixture.filledQueue(1);
    await fixture.store().release([await fixture.claimed(queue)]);
    expect((await fixture.row(queue)).leased).toBe(false);
    expect((await fixture.claimed(queue)).token).toBe('2');
  });

  it('with a delay lets the queue rest as long', async () => {
    const queue = await fixture.filledQueue(1);
    await fixture.store().release([await fixture.claimed(queue)], 5_000);
    const { due_in, status } = await fixture.row(queue);
    expect(status).toBe('HEALTHY');
    expect(due_in).toBeGreaterThan(3_000);
    expect(due_in).toBeLessThanOrEqual(5_000);
    expect(await fixture.store().claim([queue.queueId])).toEqual([]);
  });

  it('with a delay keeps what an operator asked of a BLOCKED queue', async () => {
    const queue = await fixture.filledQueue(1);
    await fixture.set(queue, `status = 'BLOCKED', blocked_at = clock_timestamp()`);
    const manual = fixture.store({ probe: false });
    await manual.release([await fixture.claimed(queue, manual)], 5_000);
    expect((await fixture.row(queue)).due_in).toBeNull();
    expect(await manual.claim([queue.queueId])).toHaveLength(1);
  });

  it('does nothing to a lease that somebody else holds by now', async () => {
    const queue = await fixture.filledQueue(1);
    const lost = await fixture.claimed(queue);
    await fixture.set(queue, `lease_until = clock_timestamp() - interval '1 ms'`);
    await fixture.claimed(queue);
    await fixture.store().release([lost], 5_000);
    expect(await fixture.row(queue)).toMatchObject({ leased: true, due_in: null });
  });
});

describe('the search for due queues', () => {
  it('pages through all of them in the order of their ids, each once', async () => {
    const queues = await fixture.queues(25);
    await fixture.enqueue(queues.flatMap((queue) => messagesFor(queue, 1)));
    const store = fixture.store();
    const found: string[] = [];
    for (let page = await store.findDue(FIRST_ID, 10); page.length > 0;) {
      expect(page.length).toBeLessThanOrEqual(10);
      found.push(...page.map(({ queueId }) => queueId));
      page = await store.findDue(found.at(-1) ?? '', 10);
    }
    expect(found).toEqual([...new Set(found)].sort());
    expect(found).toEqual(expect.arrayContaining(queues.map((queue) => queue.queueId)));
  });

  it('leaves out what was delivered, is leased or was blocked', async () => {
    const [empty, leased, failed] = [
      await fixture.filledQueue(1),
      await fixture.filledQueue(1),
      await fixture.filledQueue(1),
    ];
    const store = fixture.store();
    await settleOne(store, await fixture.claimed(empty), { outcome: DELIVERED });
    await settleOne(store, await fixture.claimed(failed), { outcome: REJECTED });
    await fixture.claimed(leased);
    const found = await idsOfDue(store);
    for (const queue of [empty, leased, failed]) expect(found).not.toContain(queue.queueId);
  });
});
