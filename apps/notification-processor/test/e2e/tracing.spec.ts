import { QueueOperationsStore } from '@app/queue';
import {
  receivedEvents,
  startDeployment,
  TestReceiver,
  type Deployment,
  type SeededIntegration,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Collector } from './collector.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PRODUCER = '00f067aa0ba902b7';

let deployment: Deployment;
let receiver: TestReceiver;
let collector: Collector;

beforeAll(async () => {
  [receiver, collector] = await Promise.all([TestReceiver.start(), Collector.start()]);
  deployment = await startDeployment({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=hunter2',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
  });
});

afterAll(async () => {
  await deployment?.dispose();
  await Promise.all([receiver.close(), collector.close()]);
});

interface Published {
  readonly of: SeededIntegration;
  readonly headers?: Readonly<Record<string, string>>;
  readonly value?: string;
}

const publish = ({ of, headers = {}, value }: Published): Promise<void> =>
  deployment.publish({
    topic: 'order.created',
    value: value ?? JSON.stringify({ organizationId: of.organizationId, hunter2: 'in the body' }),
    headers: { ...headers, 'x-private': 'hunter2 in a header' },
  });

/** An integration with one webhook, of which the request is traced. */
async function subscribed(path: string, custom: Readonly<Record<string, string>> = {}) {
  const of = await deployment.integration();
  const headers = { 'x-custom': 'hunter2', ...custom };
  const endPoint = receiver.url(`${path}?hunter2`);
  await deployment.webhook({ ...of, endPoint, headers });
  return of;
}

const traceparents = (path: string): unknown[] =>
  receiver.requestsTo(`${path}?hunter2`).map(({ headers }) => headers['traceparent']);

async function delivered(path: string, count = 1) {
  await receiver.waitForCount(count, { path: `${path}?hunter2`, timeoutMs: 15_000 });
  return receivedEvents(receiver, `${path}?hunter2`);
}

const storedFor = ({ integrationId }: SeededIntegration) =>
  deployment.database.query<{ trace_parent: string | null }>(
    'SELECT trace_parent FROM integration_queue_message WHERE queue_id = $1 ORDER BY seq',
    [integrationId],
  );

const spansOf = (count: number, name: string, { organizationId }: SeededIntegration) =>
  collector.waitFor(
    count,
    (span) => span.name === name && span.attributes['webhooks.organization.id'] === organizationId,
  );

describe('a record with a trace', () => {
  it('is followed from its producer over the queue to the receiver', async () => {
    const of = await subscribed('/traced');
    await publish({
      of,
      headers: { traceparent: `00-${TRACE}-${PRODUCER}-01`, tracestate: 'vendor=inside' },
    });
    const [event] = await delivered('/traced');

    const [enqueue, ...moreEnqueued] = await spansOf(1, 'enqueue', of);
    const [deliver, ...moreDelivered] = await spansOf(1, 'deliver', of);
    expect([moreEnqueued, moreDelivered]).toEqual([[], []]);
    expect(enqueue).toMatchObject({
      traceId: TRACE,
      parentSpanId: PRODUCER,
      failed: false,
      service: 'happycolis-webhooks',
      attributes: { 'messaging.destination.name': 'order.created', 'webhooks.messages': 1 },
    });
    expect(deliver).toMatchObject({
      traceId: TRACE,
      parentSpanId: enqueue?.spanId,
      failed: false,
      attributes: {
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'webhooks.message.id': event?.messageId,
        'webhooks.attempt': 1,
      },
    });
    expect(traceparents('/traced')).toEqual([`00-${TRACE}-${deliver?.spanId}-01`]);
    expect(event?.request.headers['tracestate']).toBeUndefined();
    expect(await storedFor(of)).toEqual([{ trace_parent: `00-${TRACE}-${enqueue?.spanId}-01` }]);
  });

  it('has a span for each attempt, beside each other, those that failed with their code', async () => {
    const of = await subscribed('/failing');
    receiver.script('/failing?hunter2', { kind: 'answer', status: 503 }, { kind: 'answer' });
    await publish({ of });
    await delivered('/failing', 2);

    const [enqueue] = await spansOf(1, 'enqueue', of);
    const attempts = await spansOf(2, 'deliver', of);
    expect(attempts).toMatchObject([
      { failed: true, attributes: { 'error.type': 'http_status', 'webhooks.attempt': 1 } },
      { failed: false, attributes: { 'webhooks.attempt': 2 } },
    ]);
    for (const { traceId, parentSpanId } of attempts) {
      expect([traceId, parentSpanId]).toEqual([enqueue?.traceId, enqueue?.spanId]);
    }
    const sent = attempts.map(({ spanId }) => `00-${enqueue?.traceId}-${spanId}-01`);
    expect(traceparents('/failing')).toEqual(sent);
  });

  it('that is not recorded is passed on as such, and not told', async () => {
    const of = await subscribed('/unsampled');
    await publish({
      of,
      headers: { traceparent: `00-${TRACE}-${PRODUCER}-00` },
    });
    await delivered('/unsampled');

    const sent = expect.stringMatching(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(traceparents('/unsampled')).toEqual([sent]);
    // Told later, and arrived: so the former would have.
    await publish({ of });
    const spans = await spansOf(1, 'deliver', of);
    expect(spans.map(({ traceId }) => traceId)).not.toContain(TRACE);
  });

  it('becomes another one, linked, when an operator has it sent again', async () => {
    const of = await subscribed('/replayed');
    await publish({ of });
    const [event] = await delivered('/replayed');
    const [first] = await spansOf(1, 'enqueue', of);
    await new QueueOperationsStore(deployment.dataSource).replay(
      of.integrationId,
      { from: new Date(0), to: new Date(Date.now() + 3_600_000) },
      { actor: 'spec', reason: 'a test' },
    );
    const again = await delivered('/replayed', 2);

    expect(again[1]?.messageId).toBe(event?.messageId);
    const [, replayed] = await spansOf(2, 'deliver', of);
    expect(replayed).toMatchObject({
      links: [first?.spanId],
      attributes: { 'webhooks.origin': 'replay' },
    });
    expect(replayed?.parentSpanId ?? '').toBe('');
    expect(replayed?.traceId).not.toBe(first?.traceId);
  });
});

describe('a record', () => {
  it.each([
    ['without a trace', {}],
    ['with a header that is none', { traceparent: 'nonsense\r\nx-evil: 1' }],
    ['with one of zeros', { traceparent: `00-${'0'.repeat(32)}-${PRODUCER}-01` }],
  ])('%s begins one', async (what, headers) => {
    const path = `/begins/${what.length}`;
    const of = await subscribed(path);
    await publish({ of, headers });
    await delivered(path);

    const [enqueue] = await spansOf(1, 'enqueue', of);
    const [deliver] = await spansOf(1, 'deliver', of);
    expect(enqueue?.parentSpanId ?? '').toBe('');
    expect(deliver).toMatchObject({ traceId: enqueue?.traceId, parentSpanId: enqueue?.spanId });
    expect(traceparents(path)).toEqual([`00-${enqueue?.traceId}-${deliver?.spanId}-01`]);
  });

  it('that is no event is a span that failed in the trace of its producer', async () => {
    const trace = TRACE.replace('4bf', 'dea');
    const of = await deployment.integration();
    const headers = { traceparent: `00-${trace}-${PRODUCER}-01` };
    await publish({ of, headers, value: 'hunter2 {' });

    const [letter] = await collector.waitFor(1, ({ traceId }) => traceId === trace);
    expect(letter).toMatchObject({
      name: 'enqueue',
      parentSpanId: PRODUCER,
      failed: true,
      attributes: { 'error.type': 'not_json' },
    });
  });

  it('goes out under the trace that its subscriber has asked for', async () => {
    const theirs = '00-11111111111111111111111111111111-2222222222222222-01';
    const of = await subscribed('/theirs', { traceparent: theirs });
    await publish({ of });
    await delivered('/theirs');
    expect(traceparents('/theirs')).toEqual([theirs]);
  });
});

it('nothing private has been told, in whatever span, and the collector was asked with its key', () => {
  const requests = collector.receiver.requestsTo('/v1/traces');
  expect(collector.spans.length).toBeGreaterThan(10);
  expect(requests.map(({ body }) => String(body)).join('')).not.toMatch(/hunter2/);
  expect(new Set(requests.map(({ headers }) => headers['x-api-key']))).toEqual(
    new Set(['hunter2']),
  );
  expect(deployment.printed).not.toContain('hunter2');
});
