import {
  INTERNAL_TOPICS,
  QUEUE_NOTICE_ENVELOPE_SCHEMA,
  type JsonSchema,
  type QueueNoticeInterface,
} from '@app/events';
import {
  Gate,
  startDeployment,
  TestReceiver,
  TopicReader,
  verifySignature,
  waitFor,
  type Deployment,
  type ReceivedRequest,
  type SeededIntegration,
} from '@app/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const STATUS = 'applications.queue.status';
const OPERATOR = '/operator';
const SECRET = 'secret-of-the-operator';

/** Two replicas that probe without a pause and tell a webhook besides. */
let deployment: Deployment;
let receiver: TestReceiver;
let reader: TopicReader;

beforeAll(async () => {
  receiver = await TestReceiver.start();
  deployment = await startDeployment({
    replicas: 2,
    env: {
      RECOVERY_BACKOFF_MIN_MS: '10',
      RECOVERY_BACKOFF_MAX_MS: '10',
      SWEEP_INTERVAL_MS: '10',
      OPERATOR_WEBHOOK_URL: receiver.url(OPERATOR),
      OPERATOR_WEBHOOK_SECRET: SECRET,
    },
  });
  reader = await TopicReader.start(deployment.brokers, deployment.topic(STATUS));
});

afterAll(async () => {
  await reader?.stop();
  await deployment?.dispose();
  await receiver?.close();
});

/** A queue whose receiver refuses so many requests and takes the next; and so on. */
async function subscribe(path: string, ...refusals: readonly number[]): Promise<SeededIntegration> {
  const of = await deployment.integration();
  const answers = refusals.flatMap((count) => [...Array<number>(count).fill(503), 200]);
  const [first, ...others] = answers.map((status) => ({ kind: 'answer', status }) as const);
  if (first) receiver.script(path, first, ...others);
  await deployment.webhook({ ...of, type: null, endPoint: receiver.url(path) });
  return of;
}

const publish = ({ organizationId }: SeededIntegration): Promise<void> =>
  deployment.publish({ topic: 'order.created', value: JSON.stringify({ organizationId }) });

const noticesOf = ({ integrationId }: SeededIntegration): QueueNoticeInterface[] =>
  reader.values<QueueNoticeInterface>().filter((each) => each.integrationId === integrationId);

const kindsOf = (of: SeededIntegration): string[] => noticesOf(of).map(({ kind }) => kind);

const told = (of: SeededIntegration, count: number): Promise<unknown> =>
  waitFor(() => noticesOf(of).length >= count, { timeoutMs: 30_000, describe: () => kindsOf(of) });

const posted = ({ integrationId }: SeededIntegration): ReceivedRequest[] =>
  receiver.requestsTo(OPERATOR).filter(({ body }) => body.includes(integrationId));

const bodyOf = ({ body }: ReceivedRequest) =>
  (JSON.parse(body.toString('utf8')) as { body: QueueNoticeInterface }).body;

/** By the published schema; strict, so that a misspelt keyword is an error. */
function faultsOf(schema: JsonSchema | undefined, value: unknown): unknown[] {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile({ ...schema, additionalProperties: false });
  validate(value);
  return validate.errors ?? [];
}

describe('notices of a queue', () => {
  it('are one when it is blocked and one when it recovers, however many attempts fail between', async () => {
    const of = await subscribe('/refusing', 300, 20);
    await publish(of);
    await receiver.waitForCount(301, { path: '/refusing', timeoutMs: 90_000 });
    await told(of, 2);
    // Another episode: what had been told twice of the first would stand before it.
    await publish(of);
    await told(of, 4);

    expect(kindsOf(of)).toEqual(['blocked', 'recovered', 'blocked', 'recovered']);
    const [blocked, recovered, again] = noticesOf(of);
    expect(blocked).toMatchObject({
      organizationId: of.organizationId,
      attempts: 1,
      depth: 1,
      code: 'http_status',
      statusCode: 503,
      lastErrorMessage: 'The endpoint answered 503 Service Unavailable',
      recoveredBy: null,
    });
    expect(recovered).toMatchObject({
      episode: blocked?.episode,
      messageId: blocked?.messageId,
      attempts: 301,
      depth: 0,
      recoveredBy: 'delivered',
    });
    expect(again?.episode).not.toBe(blocked?.episode);
    const schema = INTERNAL_TOPICS.find(({ topic }) => topic === STATUS)?.schema;
    expect(noticesOf(of).flatMap((each) => faultsOf(schema, each))).toEqual([]);
    const keys = reader.records.filter(({ value }) => value?.includes(of.integrationId));
    expect(new Set(keys.map(({ key }) => key))).toEqual(new Set([of.integrationId]));
  });

  it('go to the operator as well, the same and in the same order, signed with his secret', async () => {
    const of = await subscribe('/told', 3, 3);
    await publish(of);
    await told(of, 2);
    await publish(of);
    await told(of, 4);
    await receiver.waitFor(() => posted(of).length >= 4, { timeoutMs: 15_000 });

    expect(posted(of).map(bodyOf)).toEqual(noticesOf(of));
    for (const request of posted(of)) {
      const signature = request.headers['x-happycolis-webhook-signature'];
      const signed = { body: request.body, signature, clientSecret: SECRET };
      expect(verifySignature(signed)).toBe(true);
      const envelope: unknown = JSON.parse(request.body.toString('utf8'));
      expect(faultsOf(QUEUE_NOTICE_ENVELOPE_SCHEMA, envelope)).toEqual([]);
    }
  });

  it('say that a receiver answered 410 and is left to an operator, once', async () => {
    const of = await deployment.integration();
    receiver.script('/gone', { kind: 'answer', status: 410 });
    await deployment.webhook({ ...of, type: null, endPoint: receiver.url('/gone') });
    await publish(of);
    await told(of, 2);
    const ask = (): Promise<unknown> =>
      deployment.database.query(
        `UPDATE integration_queue SET due_at = '-infinity' WHERE queue_id = $1`,
        [of.integrationId],
      );
    await ask();
    // Its outcome sets when the queue is due, so the next one asks after it.
    await waitFor(async () => {
      const { attempts } = await deployment.database.one<{ attempts: number }>(
        'SELECT attempts FROM integration_queue WHERE queue_id = $1',
        [of.integrationId],
      );
      return attempts === 2;
    });
    receiver.script('/gone', { kind: 'answer' });
    await ask();
    await told(of, 3);
    expect(kindsOf(of)).toEqual(['blocked', 'gave_up', 'recovered']);
    expect(noticesOf(of)[1]).toMatchObject({ reason: 'gone', statusCode: 410 });
  });

  it('are one after an hour and one after a day, however many replicas look', async () => {
    const of = await deployment.integration();
    const gate = new Gate();
    // The second attempt lasts: a look passes over a queue whose outcome is being recorded.
    receiver.script('/lasting', { kind: 'answer', status: 500 }, { kind: 'hold', gate });
    await deployment.webhook({ ...of, type: null, endPoint: receiver.url('/lasting') });
    await publish(of);
    await receiver.waitForCount(2, { path: '/lasting' });
    await told(of, 1);
    await deployment.database.query(
      `UPDATE integration_queue SET blocked_at = blocked_at - interval '25 hours' WHERE queue_id = $1`,
      [of.integrationId],
    );
    // Each looks when it starts.
    await Promise.all([deployment.start(), deployment.start()]);
    await told(of, 3);
    gate.open();
    await told(of, 4);
    expect(kindsOf(of)).toEqual(['blocked', 'still_blocked_1h', 'still_blocked_24h', 'recovered']);
    expect(noticesOf(of)[1]).toMatchObject({ code: 'http_status', statusCode: 500 });
  });
});

describe('the log', () => {
  it('has a line for each notice, and neither the path nor the secret of the operator', async () => {
    const lines = deployment.replicas.flatMap(({ log }) => log.of('notice.sent'));
    expect(lines.length).toBeGreaterThanOrEqual(16);
    for (const text of [OPERATOR, SECRET]) expect(deployment.printed).not.toContain(text);
    await waitFor(async () => {
      const [row] = await deployment.database.query<{ n: string }>(
        'SELECT count(*) AS n FROM queue_notice WHERE emitted_at IS NULL OR posted_at IS NULL',
      );
      return row?.n === '0';
    });
  });
});
