import type { DeliveryOutcome } from '@app/delivery';
import type { DeadLetter, KafkaRecord } from '@app/events';
import type {
  DeliverySpan,
  EnqueueSpan,
  OwnedEvent,
  QueueLease,
  QueueTracerInterface,
} from '@app/queue';
import {
  type Context,
  createTraceState,
  type Link,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { traceOfRecord } from './record-trace.js';
import {
  deliveryAttributes,
  eventAttributes,
  outcomeAttributes,
  recordAttributes,
} from './span-attributes.js';
import { readTraceParent, writeTraceParent } from './trace-parent.js';

const ERROR = { code: SpanStatusCode.ERROR };

/**
 * A span `enqueue` for every record that becomes messages, under the producer's span; a span
 * `deliver` for every attempt, all attempts of a message beside each other under its `enqueue`. Where
 * a trace is not recorded (its beginner decided so, or the sampler) spans have their ids all the same
 * and are stored and sent on as not recorded.
 */
export class SpanTracer implements QueueTracerInterface {
  constructor(private readonly tracer: Tracer) {}

  enqueue(event: OwnedEvent, messages: number, startedAt: number): EnqueueSpan {
    const { record } = event.event;
    const span = this.tracer.startSpan(
      'enqueue',
      {
        kind: SpanKind.CONSUMER,
        startTime: startedAt,
        attributes: eventAttributes(event, messages),
      },
      contextOfRecord(record),
    );
    return {
      traceParent: writeTraceParent(span.spanContext()),
      end: () => span.end(performance.now()),
    };
  }

  /** A span that failed: whoever looks at the producer's trace sees where the event ended. */
  deadLettered({ record, reason }: DeadLetter, startedAt: number): void {
    const attributes = { ...recordAttributes(record), 'error.type': reason };
    this.tracer
      .startSpan(
        'enqueue',
        { kind: SpanKind.CONSUMER, startTime: startedAt, attributes },
        contextOfRecord(record),
      )
      .setStatus(ERROR)
      .end(performance.now());
  }

  deliver(lease: QueueLease): DeliverySpan {
    const span = this.tracer.startSpan(
      'deliver',
      {
        kind: SpanKind.CLIENT,
        attributes: deliveryAttributes(lease),
        links: linksOf(lease),
      },
      contextOfLease(lease),
    );
    return {
      marks: { traceparent: writeTraceParent(span.spanContext()) },
      end: (outcome: DeliveryOutcome | undefined) => {
        span.setAttributes(outcomeAttributes(outcome));
        if (outcome?.kind !== 'delivered') span.setStatus(ERROR);
        span.end();
      },
    };
  }
}

function contextOfRecord({ headers }: KafkaRecord): Context {
  const found = traceOfRecord(headers);
  if (!found) return ROOT_CONTEXT;
  const traceState = createTraceState(found.state);
  return trace.setSpanContext(ROOT_CONTEXT, { ...found.parent, traceState, isRemote: true });
}

/**
 * What is sent again by an operator may be days old: its deliveries are a trace of their own, linked
 * to the first one, instead of late guests in a trace that is long closed.
 */
const isSentAgain = ({ head }: QueueLease): boolean =>
  head.origin === 'replay' || head.origin === 'requeue';

function contextOfLease(lease: QueueLease): Context {
  const parent = readTraceParent(lease.head.traceParent ?? '');
  if (!parent || isSentAgain(lease)) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

function linksOf(lease: QueueLease): Link[] {
  const first = readTraceParent(lease.head.traceParent ?? '');
  return first && isSentAgain(lease) ? [{ context: first }] : [];
}
