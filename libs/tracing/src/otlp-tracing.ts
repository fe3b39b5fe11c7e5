import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger, TracingConfiguration } from '@app/platform';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Tracing } from './tracing.js';
import { SpanTracer } from './span-tracer.js';
import { WatchedExporter } from './watched-exporter.js';

/** For the spans of the last seconds; what a collector does not take by then is dropped. */
const FLUSH_LIMIT_MS = 1_000;

/**
 * Spans wait in a bounded queue (2,048 when nothing else is set) for a batch every five seconds; what
 * does not fit is dropped, so a collector that is slow or away costs memory, but no delivery. Nothing
 * global is registered: no context is carried along behind the code, and no library is patched.
 */
export class OtlpTracing extends Tracing {
  readonly tracer: SpanTracer;
  private readonly provider: BasicTracerProvider;

  constructor(
    configuration: TracingConfiguration,
    private readonly log: Logger,
  ) {
    super();
    const { url, headers } = configuration;
    const exporter = new WatchedExporter(new OTLPTraceExporter({ url, headers }), log);
    this.provider = new BasicTracerProvider({
      resource: resourceOf(configuration),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    this.tracer = new SpanTracer(this.provider.getTracer('happycolis-webhooks'));
  }

  async close(): Promise<void> {
    const sent = this.provider.shutdown().then(
      () => true,
      // The exporter has told of it.
      () => true,
    );
    const isOver = wait(FLUSH_LIMIT_MS, false, { ref: false });
    if (!(await Promise.race([sent, isOver]))) {
      this.log.warn('spans.dropped', { reason: `not taken within ${FLUSH_LIMIT_MS} ms` });
    }
  }
}

/** OTEL_RESOURCE_ATTRIBUTES may add to this and overrule it. */
function resourceOf({ serviceName }: TracingConfiguration): Resource {
  const own = resourceFromAttributes({
    'service.name': serviceName,
    // As in the owner of a lease.
    'service.instance.id': `${hostname()}:${process.pid}`,
  });
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
}
