import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorScene } from '../operator-scene.js';

let scene: OperatorScene;
beforeAll(async () => {
  scene = await OperatorScene.create();
});
afterAll(() => scene?.drop());

const PAGES = `query($filter: AuditLogFilter, $after: String) {
  auditLog(filter: $filter, first: 2, after: $after) {
    edges { node { id reason } } pageInfo { hasNextPage endCursor } } }`;

const QUEUES = [randomUUID(), randomUUID()];

/** Its reason is its number here. */
const act = (number: number, actor: string, action: string, queue: number | null) =>
  scene.database.query(
    `INSERT INTO operator_action (acted_at, actor, action, queue_id, reason, before, after)
     VALUES ('2026-01-01T00:00:00Z'::timestamptz + $1 * interval '1 hour', $2, $3, $4, $1::integer, '{}', '{}')`,
    [number, actor, action, queue === null ? null : QUEUES[queue]],
  );

const reasonsOf = async (filter: object, between?: () => Promise<unknown>): Promise<string[]> => {
  const nodes = await scene.all<{ reason: string }>(PAGES, { filter }, between);
  return nodes.map(({ reason }) => reason);
};

describe('the audit log', () => {
  beforeAll(async () => {
    await act(1, 'Ada', 'skip', 0);
    await act(2, 'Ada', 'pause', 1);
    await act(3, 'Grace', 'skip', 1);
    await act(4, 'Grace', 'redrive', null);
    await act(5, 'Ada', 'skip', 1);
  });

  it.each([
    [{}, ['5', '4', '3', '2', '1']],
    [{ actor: 'Ada' }, ['5', '2', '1']],
    [{ action: 'skip' }, ['5', '3', '1']],
    [{ integrationId: QUEUES[1] }, ['5', '3', '2']],
    [{ integrationId: QUEUES[1], actor: 'Grace' }, ['3']],
    [{ after: '2026-01-01T03:00:00Z' }, ['5', '4', '3']],
    [{ before: '2026-01-01T03:00:00+00:00' }, ['2', '1']],
    [{ actor: 'nobody' }, []],
  ])('is searched by %j, the newest first', async (filter, reasons) => {
    expect(await reasonsOf(filter)).toEqual(reasons);
  });

  it('is shown whole', async () => {
    const requestId = randomUUID();
    await scene.database.query(
      `INSERT INTO operator_action (actor, action, queue_id, target, reason, request_id, before, after, result)
       VALUES ('Ada', 'discard', $1, '{"messageId":"x"}', 'spam', $2, '{"a":1}', '{"a":2}', '{"verdict":"changed"}')`,
      [QUEUES[0], requestId],
    );
    const query = `{ auditLog(first: 1) { edges { node {
      actedAt actor action integrationId target reason requestId before after result } } } }`;
    expect(await scene.value(query)).toEqual({
      edges: [
        {
          node: {
            actedAt: expect.any(String),
            actor: 'Ada',
            action: 'discard',
            integrationId: QUEUES[0],
            target: { messageId: 'x' },
            reason: 'spam',
            requestId,
            before: { a: 1 },
            after: { a: 2 },
            result: { verdict: 'changed' },
          },
        },
      ],
    });
    await scene.database.query('DELETE FROM operator_action WHERE request_id = $1', [requestId]);
  });

  it('does not repeat or miss anything while more is done', async () => {
    const before = await reasonsOf({});
    let number = 100;
    expect(await reasonsOf({}, () => act((number += 1), 'Ada', 'skip', 0))).toEqual(before);
  });

  it('goes on after ten thousand that do not fit', async () => {
    await scene.database.query(
      `INSERT INTO operator_action (actor, action, before, after)
       SELECT 'robot', 'pause', '{}', '{}' FROM generate_series(1, 12000)`,
    );
    expect(await reasonsOf({ actor: 'Grace' })).toEqual(['4', '3']);
  });

  it.each(['2026-13-01T00:00:00Z', 'yesterday', '1', 1])('refuses the time %j', async (after) => {
    const { errors } = await scene.ask(PAGES, { filter: { after } });
    expect(errors[0]?.message).toContain('the value must be a time such as 2026-01-31T12:00:00Z');
  });
});
