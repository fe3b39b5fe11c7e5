import { TestReceiver } from '@app/testing';

/** A span as it arrived, its attributes as an object. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly string[];
  readonly service: unknown;
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes?: readonly KeyValue[];
  readonly links?: readonly { readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}

interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** A collector of traces: takes OTLP over HTTP, in JSON, and keeps it. */
export class Collector {
  private constructor(readonly receiver: TestReceiver) {}

  static async start(): Promise<Collector> {
    return new Collector(await TestReceiver.start());
  }

  get endpoint(): string {
    return this.receiver.url('');
  }

  get spans(): CollectedSpan[] {
    return this.receiver.requestsTo('/v1/traces').flatMap(({ body }) => {
      const { resourceSpans } = JSON.parse(String(body)) as OtlpTraces;
      return resourceSpans.flatMap(({ resource, scopeSpans }) => {
        const service = valuesOf(resource.attributes)['service.name'];
        return scopeSpans.flatMap(({ spans }) => spans.map((span) => collected(span, service)));
      });
    });
  }

  /** Waits for so many spans that fit, and returns them. */
  async waitFor(count: number, fits: (span: CollectedSpan) => boolean): Promise<CollectedSpan[]> {
    const found = (): CollectedSpan[] => this.spans.filter(fits);
    await this.receiver.waitFor(() => found().length >= count, { timeoutMs: 15_000 });
    return found();
  }

  close(): Promise<void> {
    return this.receiver.close();
  }
}

const ERROR = 2;

function collected(span: OtlpSpan, service: unknown): CollectedSpan {
  const { name, traceId, spanId, parentSpanId, status, attributes = [], links = [] } = span;
  return {
    name,
    traceId,
    spanId,
    parentSpanId,
    failed: status?.code === ERROR,
    attributes: valuesOf(attributes),
    links: links.map((link) => link.spanId),
    service,
  };
}

/** OTLP names the type of a value beside it. */
function valuesOf(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
