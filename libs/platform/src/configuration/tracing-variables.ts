import { flag, matching } from './kinds.js';
import { collectorUrl, headerList } from './tracing-kinds.js';
import { confidential, optional, withDefault } from './variable.js';

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
];

/**
 * Names and meaning are OpenTelemetry's. Its SDK reads more of them (the batches, limits of spans, the
 * authority of the collector, attributes of the resource); listed is what is checked at start.
 */
export const TRACING = {
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    collectorUrl,
    'Collector of traces, OTLP over HTTP (port 4318); /v1/traces is added. Without one: no traces.',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optional(
    collectorUrl,
    'The same for traces alone, and the whole of the URL.',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: confidential(
    optional(headerList, 'Sent to the collector, for example its API key.'),
  ),
  OTEL_SDK_DISABLED: withDefault(flag, 'false', 'No traces, whatever else is set.'),
  OTEL_SERVICE_NAME: withDefault(
    matching(/./, 'a name'),
    'happycolis-webhooks',
    'What the service is called in traces.',
  ),
  // Read by the SDK, which would take a misspelt one for the default without a word.
  OTEL_TRACES_SAMPLER: withDefault(
    matching(new RegExp(`^(${SAMPLERS.join('|')})$`), `one of ${SAMPLERS.join(', ')}`),
    'parentbased_always_on',
    'Which traces are recorded: those of a record that says so, and which of those that begin here.',
  ),
  OTEL_TRACES_SAMPLER_ARG: optional(
    matching(/^(0(\.\d+)?|1(\.0+)?)$/, 'a number from 0 to 1'),
    'The part of the traces that a sampler by ratio records; 1 when not given.',
  ),
};
