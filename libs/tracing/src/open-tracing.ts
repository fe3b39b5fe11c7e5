import type { Logger, TracingConfiguration } from '@app/platform';
import { NO_TRACES } from '@app/queue';
import { Tracing } from './tracing.js';

class NoTracing extends Tracing {
  readonly tracer = NO_TRACES;

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** OpenTelemetry is loaded only where there is a collector: without one it costs nothing. */
export async function openTracing(
  configuration: TracingConfiguration | undefined,
  log: Logger,
): Promise<Tracing> {
  if (configuration === undefined) return new NoTracing();
  const { OtlpTracing } = await import('./otlp-tracing.js');
  log.info('tracing.started', { url: configuration.url, service: configuration.serviceName });
  return new OtlpTracing(configuration, log);
}
