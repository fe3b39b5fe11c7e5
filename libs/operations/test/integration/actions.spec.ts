import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLOWED_ENDPOINT, OperatorScene, type SceneQueue } from '../operator-scene.js';

let scene: OperatorScene;
beforeAll(async () => {
  scene = await OperatorScene.create();
});
afterAll(() => scene?.drop());

const INPUTS: Readonly<Record<string, string>> = {
  setQueueRecovery: 'SetRecoveryInput',
  skipMessage: 'MessageActionInput',
  unskipMessage: 'MessageActionInput',
  discardMessage: 'DiscardMessageInput',
  replayMessages: 'ReplayMessagesInput',
};

const operation = (name: string): string =>
  `mutation($input: ${INPUTS[name] ?? 'QueueActionInput'}!) { ${name}(input: $input) {
    outcome dryRun repeated before after seq place messages firstSeq
    queue { status pausedAt depth headSeq recovery { effectiveMode mode backoffMinMs backoffMaxMs gaveUpAt } } } }`;

const act = (name: string, queue: SceneQueue, input: object = {}) =>
  scene.value(operation(name), { input: { integrationId: queue.integrationId, ...input } });

async function refusal(name: string, queue: { integrationId: string }, input: object = {}) {
  const variables = { input: { integrationId: queue.integrationId, ...input } };
  const [error] = (await scene.ask(operation(name), variables)).errors;
  return { message: error?.message, ...error?.extensions };
}

const actionsOn = ({ integrationId }: SceneQueue) =>
  scene.database.query(
    `SELECT actor, action, target, reason, request_id AS "requestId" FROM operator_action
     WHERE queue_id = $1 ORDER BY id`,
    [integrationId],
  );

const block = (queue: SceneQueue) =>
  scene.set(
    queue,
    `status = 'BLOCKED', blocked_at = now(), attempts = 2, due_at = '2100-01-01T00:00:00Z'`,
  );

describe('an action', () => {
  it('is done, answered with the queue as it is then, and written down', async () => {
    const queue = await scene.queue();
    const requestId = randomUUID();
    const input = { reason: '  maintenance ', requestId };
    expect(await act('pauseQueue', queue, input)).toMatchObject({
      outcome: 'CHANGED',
      dryRun: false,
      repeated: false,
      before: { pausedAt: null, headSeq: '1' },
      after: { pausedAt: expect.any(String) },
      seq: null,
      place: null,
      messages: null,
      queue: { pausedAt: expect.any(String) },
    });
    expect(await act('pauseQueue', queue, input)).toMatchObject({
      outcome: 'CHANGED',
      repeated: true,
    });
    expect(await act('pauseQueue', queue)).toMatchObject({ outcome: 'UNCHANGED', repeated: false });
    expect(await act('resumeQueue', queue)).toMatchObject({
      outcome: 'CHANGED',
      queue: { pausedAt: null },
    });
    expect(await actionsOn(queue)).toMatchObject([
      { actor: 'Ada', action: 'pause', reason: 'maintenance', requestId },
      { actor: 'Ada', action: 'resume', reason: null, requestId: null },
    ]);
  });

  it('of a dry run says what would happen and does nothing', async () => {
    const queue = await scene.queue();
    const [messageId] = await scene.enqueue(queue, 2);
    await block(queue);
    const outcome = await act('skipMessage', queue, { messageId, dryRun: true });
    expect(outcome).toMatchObject({
      outcome: 'CHANGED',
      dryRun: true,
      seq: '1',
      before: { status: 'BLOCKED', headSeq: '1' },
      after: { status: 'HEALTHY', headSeq: '2' },
      queue: { status: 'BLOCKED', headSeq: '1', depth: 2 },
    });
    expect(await actionsOn(queue)).toEqual([]);
  });

  it('skips the head, and puts it back where it was', async () => {
    const queue = await scene.queue();
    const [messageId] = await scene.enqueue(queue, 2);
    await block(queue);
    expect(await act('skipMessage', queue, { messageId })).toMatchObject({
      outcome: 'CHANGED',
      queue: { status: 'HEALTHY', headSeq: '2' },
    });
    expect(await act('unskipMessage', queue, { messageId })).toMatchObject({
      outcome: 'CHANGED',
      place: 'HEAD',
      seq: '1',
      queue: { headSeq: '1' },
    });
  });

  it('puts a message back in its order, where an earlier one was put back before', async () => {
    const queue = await scene.queue();
    const [first, second] = await scene.enqueue(queue, 3);
    for (const messageId of [first, second]) await act('skipMessage', queue, { messageId });
    await act('unskipMessage', queue, { messageId: first });
    expect(await act('unskipMessage', queue, { messageId: second })).toMatchObject({
      outcome: 'CHANGED',
      place: 'IN_ORDER',
      seq: '2',
      queue: { headSeq: '1' },
    });
  });

  it('puts a message back behind what waits once another was delivered', async () => {
    const queue = await scene.queue();
    const [messageId] = await scene.enqueue(queue, 3);
    await act('skipMessage', queue, { messageId });
    await scene.set(queue, 'head_seq = 3');
    expect(await act('unskipMessage', queue, { messageId })).toMatchObject({
      outcome: 'CHANGED',
      place: 'BACK',
      seq: '4',
    });
  });

  it('discards for a reason, which has to be given', async () => {
    const queue = await scene.queue();
    const [, messageId] = await scene.enqueue(queue, 2);
    expect(await refusal('discardMessage', queue, { messageId })).toMatchObject({
      message: expect.stringContaining('Field "reason" of required type "String!"'),
    });
    expect(await act('discardMessage', queue, { messageId, reason: 'spam' })).toMatchObject({
      outcome: 'CHANGED',
      seq: '2',
    });
    expect(await actionsOn(queue)).toMatchObject([
      { action: 'discard', target: { messageId }, reason: 'spam' },
    ]);
  });

  it('replays a range of time, to another endpoint where that is allowed', async () => {
    const queue = await scene.queue();
    await scene.enqueue(queue, 3);
    await scene.set(queue, 'head_seq = 4');
    const hour = 3_600_000;
    const from = new Date(Date.now() - hour).toISOString();
    const to = new Date(Date.now() + hour).toISOString();
    expect(await act('replayMessages', queue, { from, to })).toMatchObject({
      outcome: 'CHANGED',
      messages: 3,
      firstSeq: '4',
      queue: { depth: 3 },
    });
    const elsewhere = { from, to, webhookId: queue.webhookId, endPoint: ALLOWED_ENDPOINT };
    expect(await act('replayMessages', queue, elsewhere)).toMatchObject({ messages: 3 });
    const never = { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' };
    expect(await act('replayMessages', queue, never)).toMatchObject({ outcome: 'NOTHING_FOUND' });
    const code = 'BAD_USER_INPUT';
    expect(
      await refusal('replayMessages', queue, { from, to, endPoint: 'https://127.0.0.1/' }),
    ).toMatchObject({ message: 'endPoint: The endpoint is refused', code });
    expect(await refusal('replayMessages', queue, { from, to: from })).toMatchObject({
      message: 'to: it is not after from',
      code,
    });
  });

  it('sets how a queue recovers, and back to as configured', async () => {
    const queue = await scene.queue();
    await block(queue);
    await scene.set(queue, "gave_up_at = now(), gave_up_reason = 'gone'");
    const settings = { mode: 'PROBE', backoffMinMs: 1_000, backoffMaxMs: 2_000 };
    expect(await act('setQueueRecovery', queue, settings)).toMatchObject({
      outcome: 'CHANGED',
      queue: { recovery: { ...settings, mode: 'PROBE', effectiveMode: 'PROBE', gaveUpAt: null } },
    });
    expect(await act('setQueueRecovery', queue, { mode: 'MANUAL' })).toMatchObject({
      queue: { recovery: { effectiveMode: 'MANUAL', mode: 'MANUAL', backoffMinMs: null } },
    });
    expect(await act('setQueueRecovery', queue)).toMatchObject({
      queue: { recovery: { effectiveMode: 'PROBE', mode: null } },
    });
  });

  it.each([
    [{ backoffMinMs: 9, backoffMaxMs: 20 }, 'backoffMinMs: it is not a whole number from 10'],
    [{ backoffMinMs: 10, backoffMaxMs: 86_400_001 }, 'backoffMaxMs: it is not a whole number'],
    [{ backoffMinMs: 10 }, 'backoffMinMs and backoffMaxMs are given both or not at all'],
    [{ backoffMinMs: 20, backoffMaxMs: 10 }, 'backoffMaxMs: it is less than backoffMinMs'],
    [{ reason: ' ' }, 'reason: it takes 1 to 500 characters'],
    [{ reason: 'x'.repeat(501) }, 'reason: it takes 1 to 500 characters'],
    [{ reason: 'a\u001b[2J' }, 'reason: it takes 1 to 500 characters'],
  ])('is refused with the input %j', async (input, message) => {
    const queue = await scene.queue();
    const refused = await refusal('setQueueRecovery', queue, input);
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(refused.message).toContain(message);
  });

  it('tells what cannot be done, with a stable reason and what to do instead', async () => {
    const queue = await scene.queue();
    const [head, second] = await scene.enqueue(queue, 3);
    const code = 'CONFLICT';
    expect(await act('unblockQueue', queue)).toMatchObject({ outcome: 'NOT_BLOCKED' });
    expect(await refusal('skipMessage', queue, { messageId: second })).toMatchObject({
      code,
      reason: 'not_head',
      message: expect.stringContaining('nextMessages of the queue begins with that one'),
    });
    expect(await refusal('unskipMessage', queue, { messageId: head })).toMatchObject({
      code,
      reason: 'not_parked',
    });
    const unknown = { messageId: randomUUID(), reason: 'x' };
    expect(await refusal('discardMessage', queue, unknown)).toMatchObject({
      code,
      reason: 'not_waiting',
    });
    await scene.set(queue, "lease_until = clock_timestamp() + interval '1 minute'");
    expect(await refusal('skipMessage', queue, { messageId: head, dryRun: true })).toMatchObject({
      code,
      reason: 'in_flight',
    });
    await scene.set(queue, "lease_until = '-infinity'");
    await act('skipMessage', queue, { messageId: head });
    await scene.database.query('UPDATE integration_webhook SET removed_at = now() WHERE id = $1', [
      queue.webhookId,
    ]);
    expect(await refusal('unskipMessage', queue, { messageId: head })).toMatchObject({
      code,
      reason: 'webhook_removed',
    });
    const requestId = randomUUID();
    await act('pauseQueue', queue, { requestId });
    expect(await refusal('resumeQueue', queue, { requestId })).toMatchObject({
      code,
      reason: 'request_id_used',
    });
    const integrationId = randomUUID();
    expect(await refusal('pauseQueue', { integrationId })).toMatchObject({
      code: 'NOT_FOUND',
      message: `There is no queue of integration ${integrationId}; queues lists them`,
    });
  });
});
