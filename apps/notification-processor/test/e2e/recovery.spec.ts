import { INTERNAL_TOPICS, type MessageFailedInterface, type MessageInterface } from '@app/events';
import {
  receivedEvents,
  startDeployment,
  TestReceiver,
  TopicReader,
  waitFor,
  type Deployment,
  type SeededIntegration,
} from '@app/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const FAILED = 'applications.message.failed';
const PROCESS = 'applications.message.process';

/** The longest pause less the tenth by which it is spread. */
const LONGEST = 363;

/** RECOVERY_MODE is `probe`, with pauses from 50 ms to 400 ms. */
let deployment: Deployment;
let receiver: TestReceiver;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([startDeployment(), TestReceiver.start()]);
});

afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

const publish = (to: SeededIntegration, ...numbers: readonly number[]): Promise<void> =>
  deployment.publish(
    ...numbers.map((n) => ({
      topic: 'order.created',
      value: JSON.stringify({ organizationId: to.organizationId, n, secret: 'in the body' }),
    })),
  );

const numbersAt = (path: string): unknown[] =>
  receivedEvents(receiver, path).map(({ body }) => (JSON.parse(String(body)) as { n: unknown }).n);

/** The published schema of a topic of ours; strict, so that a misspelt keyword is an error. */
function faultsOf(topic: string, value: unknown): unknown[] {
  const documentation = INTERNAL_TOPICS.find((each) => each.topic === topic);
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  addFormats.default(ajv);
  ajv.addKeyword('x-documentation');
  const validate = ajv.compile({ ...documentation?.schema, additionalProperties: false });
  validate(value);
  return validate.errors ?? [];
}

describe('a queue whose receiver comes back', () => {
  it('goes on by itself at the message that failed, with its id, in order', async () => {
    const of = await deployment.integration();
    const bad = { kind: 'answer', status: 503 } as const;
    receiver.script('/back', bad, bad, bad, { kind: 'answer' });
    await deployment.webhook({ ...of, type: null, endPoint: receiver.url('/back') });
    await deployment.webhook({ ...of, type: 'order/created', endPoint: receiver.url('/back?2') });

    await publish(of, 1, 2, 3);

    await receiver.waitForCount(6, { path: '/back', timeoutMs: 10_000 });
    await receiver.waitForCount(3, { path: '/back?2' });
    expect(numbersAt('/back')).toEqual([1, 1, 1, 1, 2, 3]);
    const ids = receivedEvents(receiver, '/back').map(({ messageId }) => messageId);
    expect(new Set(ids.slice(0, 4)).size).toBe(1);
    expect(new Set(ids).size).toBe(3);
    // Across the webhooks of the queue too: nothing behind the head was sent before it.
    const all = receiver.requests.map(({ path }) => path);
    expect(all.slice(0, 4)).toEqual(['/back', '/back', '/back', '/back']);
    await waitFor(async () => {
      const [row] = await deployment.database.query<{ status: string; open: boolean }>(
        'SELECT status, head_seq <= tail_seq AS open FROM integration_queue WHERE queue_id = $1',
        [of.integrationId],
      );
      return row?.status === 'HEALTHY' && !row.open;
    });
  });

  it.each([
    ['never sooner than the shortest pause', {}, 50],
    ['when it asked to be, within the longest pause', { 'retry-after': '60' }, LONGEST],
    [
      'when it asked to be by a date',
      {
        'retry-after': 'Thu, 26 Nov 2026 08:01:00 GMT',
        date: 'Thu, 26 Nov 2026 08:00:00 GMT',
      },
      LONGEST,
    ],
  ])('is tried %s', async (what, headers, least) => {
    const of = await deployment.integration();
    const path = `/tried/${what.length}`;
    receiver.script(path, { kind: 'answer', status: 429, headers });
    await deployment.webhook({ ...of, endPoint: receiver.url(path) });

    await publish(of, 1);

    const tries = await receiver.waitForCount(4, { path, timeoutMs: 10_000 });
    const started = tries.map(({ startedAt }) => startedAt);
    const pauses = started.slice(1).map((at, index) => at - (started[index] ?? 0));
    for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(least);
    expect(new Set(receivedEvents(receiver, path).map((each) => each.messageId)).size).toBe(1);
  });

  it('is left to an operator once it says that it is gone, and probed again in the next episode', async () => {
    const of = await deployment.integration();
    const answer = (status: number) => ({ kind: 'answer', status }) as const;
    receiver.script('/gone', answer(410), answer(200), answer(503), answer(200));
    await deployment.webhook({ ...of, endPoint: receiver.url('/gone') });
    const reader = await TopicReader.start(deployment.brokers, deployment.topic(FAILED));
    await publish(of, 1, 2);
    const failed = await reader.waitFor<MessageFailedInterface>(
      (event) => event.integrationId === of.integrationId,
    );
    await reader.stop();
    expect(failed).toMatchObject({ statusCode: 410, nextAttemptAt: null });

    await deployment.command('queue', 'unblock', '--integration', of.integrationId);

    await receiver.waitForCount(4, { path: '/gone', timeoutMs: 10_000 });
    expect(numbersAt('/gone')).toEqual([1, 1, 2, 2]);
  });
});

describe('the topics of the service', () => {
  it('tell each failed attempt as documented, without body, secret or headers', async () => {
    const of = await deployment.integration();
    receiver.script('/failing', { kind: 'answer', status: 418, body: 'private answer' });
    const headers = { 'x-api-key': 'private-header' };
    const endPoint = receiver.url('/failing');
    const webhookId = await deployment.webhook({ ...of, type: null, endPoint, headers });
    const reader = await TopicReader.start(deployment.brokers, deployment.topic(FAILED));

    await publish(of, 1);

    const mine = (event: MessageFailedInterface) => event.integrationId === of.integrationId;
    const first = await reader.waitFor<MessageFailedInterface>(mine);
    const third = await reader.waitFor<MessageFailedInterface>(
      (event) => mine(event) && event.attempt === 3,
    );
    await reader.stop();
    const [event] = receivedEvents(receiver, '/failing');
    expect(first).toMatchObject({
      organizationId: of.organizationId,
      webhookId,
      messageId: event?.messageId,
      type: 'order/created',
      date: event?.date,
      attempt: 1,
      outcome: 'rejected',
      code: 'http_status',
      statusCode: 418,
      lastErrorMessage: "The endpoint answered 418 I'm a Teapot",
    });
    expect(Date.parse(first.nextAttemptAt ?? '')).toBeGreaterThan(Date.parse(first.lastTriedAt));
    expect(third.messageId).toBe(first.messageId);
    expect(faultsOf(FAILED, first)).toEqual([]);
    expect(faultsOf(FAILED, { ...first, statusCode: 'x' })).not.toEqual([]);
    const told = JSON.stringify(reader.records);
    for (const secret of ['in the body', 'private', of.clientSecret, of.token]) {
      expect(told).not.toContain(secret);
    }
    expect(reader.records.every(({ key }) => key !== null)).toBe(true);
    expect(reader.records.find(({ value }) => value?.includes(first.messageId))?.key).toBe(
      of.integrationId,
    );
  });

  it('tell of a queue that has work as documented, naming the message that woke it', async () => {
    const of = await deployment.integration();
    const webhookId = await deployment.webhook({ ...of, endPoint: receiver.url('/woken') });

    await publish(of, 1);

    await receiver.waitForCount(1, { path: '/woken' });
    const reader = await TopicReader.start(deployment.brokers, deployment.topic(PROCESS));
    const wakeUp = await reader.waitFor<MessageInterface>(
      (message) => message.integrationId === of.integrationId,
    );
    await reader.stop();
    const [event] = receivedEvents(receiver, '/woken');
    expect(wakeUp).toEqual({
      integrationId: of.integrationId,
      organizationId: of.organizationId,
      webhookId,
      messageId: event?.messageId,
      type: 'order/created',
      date: event?.date,
    });
    expect(faultsOf(PROCESS, wakeUp)).toEqual([]);
  });
});
