import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorScene, type SceneQueue } from '../operator-scene.js';

let scene: OperatorScene;
beforeAll(async () => {
  scene = await OperatorScene.create();
});
afterAll(() => scene?.drop());

const QUEUE = `query($id: UUID!) { queue(integrationId: $id) {
  integrationId integrationType organizationId applicationId status state depth oldestWaitingAt headSeq
  pausedAt suspendedAt blockedAt healthySince attempts lastTriedAt lastErrorCode lastErrorMessage
  nextAttemptAt leaseOwner leaseUntil messagesPerSecond
  recovery { effectiveMode mode backoffMinMs backoffMaxMs gaveUpAt gaveUpReason } } }`;

const PAGES = `query($filter: QueueFilter, $first: Int!, $after: String) {
  queues(filter: $filter, first: $first, after: $after) {
    edges { cursor node { integrationId } } pageInfo { hasNextPage endCursor } } }`;

const idsOf = async (filter: object, first = 2): Promise<string[]> => {
  const nodes = await scene.all<{ integrationId: string }>(PAGES, { filter, first });
  return nodes.map(({ integrationId }) => integrationId);
};

const queueOf = ({ integrationId }: SceneQueue) => scene.value(QUEUE, { id: integrationId });

describe('a queue', () => {
  it('that is healthy has no trouble to tell of', async () => {
    const queue = await scene.queue();
    const { integrationId, organizationId, applicationId } = queue;
    expect(await queueOf(queue)).toEqual({
      integrationId,
      integrationType: 'INTEGRATION',
      organizationId,
      applicationId,
      status: 'HEALTHY',
      state: 'READY',
      depth: 0,
      oldestWaitingAt: null,
      headSeq: '1',
      pausedAt: null,
      suspendedAt: null,
      blockedAt: null,
      healthySince: expect.any(String),
      attempts: 0,
      lastTriedAt: null,
      lastErrorCode: null,
      lastErrorMessage: null,
      nextAttemptAt: null,
      leaseOwner: null,
      leaseUntil: null,
      messagesPerSecond: null,
      recovery: {
        effectiveMode: 'PROBE',
        mode: null,
        backoffMinMs: null,
        backoffMaxMs: null,
        gaveUpAt: null,
        gaveUpReason: null,
      },
    });
  });

  it('that is blocked tells why, since when, and when it is tried again', async () => {
    const queue = await scene.queue();
    await scene.enqueue(queue, 3);
    await scene.set(
      queue,
      `status = 'BLOCKED', blocked_at = '2026-01-01T00:00:00Z', attempts = 4, due_at = '2100-01-01T00:00:00Z',
       last_tried_at = '2026-01-02T00:00:00Z', last_error = 'answered 503', last_error_code = 'http_status',
       lease_owner = 'host/1', lease_until = clock_timestamp() + interval '1 minute',
       recovery_mode = 'probe', backoff_min_ms = 1000, backoff_max_ms = 9000`,
    );
    expect(await queueOf(queue)).toMatchObject({
      status: 'BLOCKED',
      state: 'LOCKED',
      depth: 3,
      oldestWaitingAt: expect.any(String),
      blockedAt: '2026-01-01T00:00:00.000Z',
      healthySince: null,
      attempts: 4,
      lastTriedAt: '2026-01-02T00:00:00.000Z',
      lastErrorCode: 'http_status',
      lastErrorMessage: 'answered 503',
      nextAttemptAt: '2100-01-01T00:00:00.000Z',
      leaseOwner: 'host/1',
      leaseUntil: expect.any(String),
      recovery: { effectiveMode: 'PROBE', mode: 'PROBE', backoffMinMs: 1000, backoffMaxMs: 9000 },
    });
  });

  it.each([
    ['paused', 'paused_at = clock_timestamp()', 'PROBE'],
    ['suspended', 'suspended_at = clock_timestamp()', 'PROBE'],
    ['left to an operator', "recovery_mode = 'manual'", 'MANUAL'],
    ['given up', "gave_up_at = clock_timestamp(), gave_up_reason = 'gone'", 'MANUAL'],
    ['to be tried now', "due_at = '-infinity'", 'PROBE'],
  ])('has no next attempt while it is %s', async (_, assignments, effectiveMode) => {
    const queue = await scene.queue();
    const blocked = "status = 'BLOCKED', blocked_at = now(), due_at = '2100-01-01T00:00:00Z'";
    await scene.set(queue, blocked);
    expect(await queueOf(queue)).toMatchObject({ nextAttemptAt: '2100-01-01T00:00:00.000Z' });
    await scene.set(queue, assignments);
    expect(await queueOf(queue)).toMatchObject({
      nextAttemptAt: null,
      recovery: { effectiveMode },
    });
  });

  it('that is not there is not found', async () => {
    const id = randomUUID();
    const { value, errors } = await scene.ask(QUEUE, { id });
    expect(value).toBeNull();
    expect(errors).toMatchObject([
      {
        message: `There is no queue of integration ${id}; queues lists them`,
        extensions: { code: 'NOT_FOUND' },
      },
    ]);
  });

  it('waits as long as its head does, a replay since it was made', async () => {
    const queue = await scene.queue();
    await scene.enqueue(queue, 1);
    await scene.database.query(
      `UPDATE integration_queue_message SET enqueued_at = '2026-01-01T00:00:00Z' WHERE queue_id = $1`,
      [queue.integrationId],
    );
    expect(await queueOf(queue)).toMatchObject({ oldestWaitingAt: '2026-01-01T00:00:00.000Z' });
    await scene.database.query(
      `UPDATE integration_queue_message SET origin = 'replay' WHERE queue_id = $1`,
      [queue.integrationId],
    );
    const { oldestWaitingAt } = await queueOf(queue);
    expect(Date.now() - Date.parse(String(oldestWaitingAt))).toBeLessThan(600_000);
  });
});

describe('queues', () => {
  const made: Record<string, SceneQueue> = {};
  let applicationId: string;
  let organizationId: string;
  beforeAll(async () => {
    const names = ['idle', 'deep', 'blocked', 'gaveUp', 'paused', 'suspended', 'old'] as const;
    for (const name of names) made[name] = await scene.queue();
    ({ applicationId, organizationId } = of('deep'));
    await scene.enqueue(of('deep'), 5);
    await scene.enqueue(of('blocked'), 1);
    await scene.enqueue(of('old'), 2);
    const blocked = "status = 'BLOCKED', blocked_at = clock_timestamp() - interval '1 hour'";
    await scene.set(of('blocked'), blocked);
    await scene.set(of('gaveUp'), `${blocked}, gave_up_at = now(), gave_up_reason = 'no_success'`);
    await scene.set(of('gaveUp'), "blocked_at = clock_timestamp() - interval '3 days'");
    await scene.set(of('paused'), 'paused_at = clock_timestamp()');
    await scene.set(of('suspended'), "suspended_at = now(), integration_type = 'OAUTH_CLIENT'");
    await scene.database.query(
      `UPDATE integration_queue_message SET enqueued_at = enqueued_at - interval '2 hours' WHERE queue_id = $1`,
      [of('old').integrationId],
    );
  });

  const of = (name: string): SceneQueue => {
    const queue = made[name];
    if (!queue) throw new Error(name);
    return queue;
  };

  it.each([
    [{ gaveUp: true }, ['gaveUp']],
    [{ status: 'BLOCKED', blockedForSeconds: 7200, gaveUp: true }, ['gaveUp']],
    [{ paused: true }, ['paused']],
    [{ suspended: true }, ['suspended']],
    [{ integrationType: 'OAUTH_CLIENT' }, ['suspended']],
    [{ minDepth: 5 }, ['deep']],
    [{ headOlderThanSeconds: 3600, minDepth: 2 }, ['old']],
  ])('are found by %j', async (filter, names) => {
    const ids = await idsOf(filter);
    const known = new Set(Object.values(made).map(({ integrationId }) => integrationId));
    expect(ids.filter((id) => known.has(id)).sort()).toEqual(
      names.map((name) => of(name).integrationId).sort(),
    );
  });

  it('are found by status, owner and place', async () => {
    const blocked = await idsOf({ status: 'BLOCKED', paused: false });
    expect(blocked).toContain(of('blocked').integrationId);
    expect(blocked).not.toContain(of('idle').integrationId);
    const healthy = await idsOf({ status: 'HEALTHY' });
    expect(healthy).toContain(of('idle').integrationId);
    expect(healthy).not.toContain(of('blocked').integrationId);
    expect(await idsOf({ organizationId })).toEqual([of('deep').integrationId]);
    expect(await idsOf({ applicationId })).toEqual([of('deep').integrationId]);
    expect(await idsOf({ applicationId: randomUUID() })).toEqual([]);
  });

  it('come page by page in the order of their ids, all of them once, whatever happens to them', async () => {
    const before = await idsOf({}, 100);
    expect(before).toEqual([...before].sort());
    let turn = 0;
    const changeAll = () =>
      scene.database.query(
        `UPDATE integration_queue SET status = CASE WHEN $1 THEN 'BLOCKED' ELSE 'HEALTHY' END,
           blocked_at = CASE WHEN $1 THEN clock_timestamp() END, gave_up_at = NULL, gave_up_reason = NULL`,
        [(turn += 1) % 2 === 0],
      );
    const nodes = await scene.all<{ integrationId: string }>(PAGES, { first: 2 }, async () => {
      await changeAll();
      await scene.queue();
    });
    const ids = nodes.map(({ integrationId }) => integrationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => before.includes(id))).toEqual(before);
  });

  it.each([
    [{ first: 0 }, 'first: it is not a whole number from 1 to 100'],
    [{ first: 101 }, 'first: it is not a whole number from 1 to 100'],
    [{ first: 1, after: 'x' }, 'after: it is no cursor of this list'],
    [{ first: 1, after: Buffer.from('next 1').toString('base64url') }, 'after: it is no cursor'],
    [{ first: 1, filter: { organizationId: 'a\0b' } }, 'filter.organizationId: it contains'],
  ])('refuse %j', async (variables, message) => {
    const { errors } = await scene.ask(PAGES, variables);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors[0]?.message).toContain(message);
  });
});
