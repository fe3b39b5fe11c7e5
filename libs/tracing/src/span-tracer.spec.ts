import type { FailedOutcome } from '@app/delivery';
import type { KafkaRecord } from '@app/events';
import { type OwnedEvent, type QueueMessage, type QueueLease, QueueStatus } from '@app/queue';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { SpanTracer } from './span-tracer.js';
import { readTraceParent } from './trace-parent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const PARENT = `00-${TRACE}-${SPAN}-01`;
const UNSAMPLED = `00-${TRACE}-${SPAN}-00`;

function scene() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const told = () => exporter.getFinishedSpans();
  return { subject: new SpanTracer(provider.getTracer('spec')), told };
}

const record = (headers: KafkaRecord['headers'] = {}): KafkaRecord => ({
  topic: 'order.created',
  partition: 3,
  offset: '42',
  timestamp: '1',
  key: Buffer.from('hunter2 key'),
  value: Buffer.from('hunter2 body'),
  headers: { ...headers, 'x-private': Buffer.from('hunter2 header') },
});

const event = (headers?: KafkaRecord['headers']): OwnedEvent => ({
  event: {
    kind: 'event',
    record: record(headers),
    type: 'order/created',
    body: Buffer.from('hunter2 body'),
    organization: { by: 'record', organizationId: 'o1' },
  },
  organizationId: 'o1',
  type: 'order/created',
});

const lease = (head: Partial<QueueMessage> = {}): QueueLease => ({
  queueId: 'i1',
  applicationId: 'a1',
  organizationId: 'o1',
  token: '1',
  status: QueueStatus.HEALTHY,
  attempts: 1,
  head: {
    seq: '7',
    messageId: 'm1',
    webhookId: 'w1',
    type: 'order/created',
    enqueuedAt: new Date(),
    body: Buffer.from('hunter2 body'),
    endPoint: 'https://receiver.example:8443/hunter2/path?hunter2=query',
    headers: { authorization: 'hunter2 custom header' },
    removed: false,
    origin: 'event',
    place: { elsewhere: false, previous: '0', skipped: [] },
    traceParent: PARENT,
    ...head,
  },
  behind: [],
  mayRun: true,
  backoff: { minMs: null, maxMs: null },
  deadline: 0,
});

const DELIVERED = { kind: 'delivered', statusCode: 204, durationMs: 1 } as const;
const TIMED_OUT: FailedOutcome = {
  kind: 'timed_out',
  code: 'timeout_response',
  statusCode: null,
  message: 'hunter2 message',
  excerpt: Buffer.from('hunter2 excerpt'),
  retryAfterMs: null,
  durationMs: 1,
};

describe('a record that becomes messages', () => {
  it('is a span under that of its producer, in its terms', () => {
    const { subject, told } = scene();
    const headers = { traceparent: Buffer.from(PARENT), tracestate: 'a=1, not valid ,b=2' };
    const span = subject.enqueue(event(headers), 2, performance.now() - 50);
    expect(told()).toEqual([]);
    span.end();
    const [one] = told();
    expect(one).toMatchObject({
      name: 'enqueue',
      kind: SpanKind.CONSUMER,
      parentSpanContext: { traceId: TRACE, spanId: SPAN, isRemote: true },
      attributes: {
        'messaging.system': 'kafka',
        'messaging.destination.name': 'order.created',
        'messaging.destination.partition.id': '3',
        'messaging.kafka.offset': 42,
        'webhooks.messages': 2,
      },
    });
    expect(one?.spanContext().traceState?.serialize()).toBe('a=1,b=2');
    const [seconds, nanoseconds] = one?.duration ?? [0, 0];
    expect(seconds * 1e3 + nanoseconds / 1e6).toBeGreaterThanOrEqual(50);
    const stored = readTraceParent(span.traceParent ?? '');
    expect(stored).toEqual({ traceId: TRACE, spanId: one?.spanContext().spanId, traceFlags: 1 });
  });

  it('begins a trace where its producer did not, or wrote what is none', () => {
    const { subject, told } = scene();
    for (const traceparent of [undefined, 'zz', PARENT.toUpperCase()]) {
      subject.enqueue(event({ traceparent }), 1, performance.now()).end();
    }
    expect(new Set(told().map((span) => span.spanContext().traceId)).size).toBe(3);
    expect(told().every((span) => span.parentSpanContext === undefined)).toBe(true);
  });

  it('is not told where the trace is not recorded, and is passed on as that', () => {
    const { subject, told } = scene();
    const span = subject.enqueue(event({ traceparent: UNSAMPLED }), 1, performance.now());
    span.end();
    const { marks, end } = subject.deliver(lease({ traceParent: span.traceParent }));
    end(DELIVERED);
    expect(told()).toEqual([]);
    expect(span.traceParent).toMatch(new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-00$`));
    expect(marks['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  });
});

it('a dead letter is a span that failed, with its reason', () => {
  const { subject, told } = scene();
  const letter = { kind: 'dead_letter', reason: 'not_json', detail: 'hunter2' } as const;
  subject.deadLettered({ ...letter, record: record({ traceparent: PARENT }) }, performance.now());
  expect(told()).toMatchObject([
    {
      name: 'enqueue',
      parentSpanContext: { spanId: SPAN },
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'not_json', 'messaging.kafka.offset': 42 },
    },
  ]);
});

describe('an attempt', () => {
  it('is a span under that of its record, whose context the receiver gets', () => {
    const { subject, told } = scene();
    const { marks, end } = subject.deliver(lease());
    end(DELIVERED);
    const [one] = told();
    expect(one).toMatchObject({
      name: 'deliver',
      kind: SpanKind.CLIENT,
      parentSpanContext: { traceId: TRACE, spanId: SPAN },
      links: [],
      status: { code: SpanStatusCode.UNSET },
    });
    expect(one?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 204,
      'server.address': 'receiver.example',
      'server.port': 8443,
      'webhooks.organization.id': 'o1',
      'webhooks.integration.id': 'i1',
      'webhooks.webhook.id': 'w1',
      'webhooks.message.id': 'm1',
      'webhooks.type': 'order/created',
      'webhooks.origin': 'event',
      'webhooks.attempt': 2,
    });
    expect(marks).toEqual({ traceparent: `00-${TRACE}-${one?.spanContext().spanId}-01` });
  });

  it('that fails is told as failed, by its code', () => {
    const { subject, told } = scene();
    subject.deliver(lease()).end(TIMED_OUT);
    subject.deliver(lease()).end(undefined);
    expect(told()).toMatchObject([
      { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'timeout_response' } },
      { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'not_attempted' } },
    ]);
    expect(told().every((span) => span.status.message === undefined)).toBe(true);
  });

  it.each([null, 'no trace', PARENT.toUpperCase()])('begins a trace with %s', (traceParent) => {
    const { subject, told } = scene();
    const { marks, end } = subject.deliver(lease({ traceParent }));
    end(DELIVERED);
    expect(told()).toMatchObject([{ parentSpanContext: undefined, links: [] }]);
    expect(readTraceParent(marks['traceparent'] ?? '')).toBeDefined();
  });

  it.each(['replay', 'requeue'] as const)('of a %s is a trace linked to the first', (origin) => {
    const { subject, told } = scene();
    subject.deliver(lease({ origin })).end(DELIVERED);
    const [one] = told();
    expect(one?.parentSpanContext).toBeUndefined();
    expect(one?.spanContext().traceId).not.toBe(TRACE);
    expect(one?.links).toMatchObject([{ context: { traceId: TRACE, spanId: SPAN } }]);
  });

  it.each([
    ['https://receiver.example/a', 'receiver.example', 443],
    ['http://[2001:db8::1]/a', '2001:db8::1', 80],
    ['no URL', undefined, undefined],
  ])('to %s names no more of it than the server', (endPoint, address, port) => {
    const { subject, told } = scene();
    subject.deliver(lease({ endPoint })).end(DELIVERED);
    expect(told()[0]?.attributes['server.address']).toBe(address);
    expect(told()[0]?.attributes['server.port']).toBe(port);
  });
});

it('nothing private is told', () => {
  const { subject, told } = scene();
  const headers = { traceparent: PARENT };
  subject.enqueue(event(headers), 1, performance.now()).end();
  subject.deliver(lease()).end(TIMED_OUT);
  const letter = { kind: 'dead_letter', reason: 'not_json', detail: 'hunter2' } as const;
  subject.deadLettered({ ...letter, record: record(headers) }, performance.now());
  expect(told()).toHaveLength(3);
  const texts = told().map(({ name, attributes, events, links, status }) =>
    JSON.stringify({ name, attributes, events, links, status }),
  );
  expect(texts.join('')).not.toContain('hunter2');
});
