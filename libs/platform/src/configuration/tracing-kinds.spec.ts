import { describe, expect, it } from 'vitest';
import { ValueRefused } from './kind.js';
import { loadConfiguration } from './load-configuration.js';
import { collectorUrl, headerList } from './tracing-kinds.js';

describe('the URL of a collector', () => {
  it('is http or https', () => {
    const urls = ['http://collector:4318/', 'https://otlp.example/some/path', 'http://[::1]:4318/'];
    expect(urls.map((url) => collectorUrl.parse(url))).toEqual(urls);
  });

  it.each([
    'collector:4318',
    'collector',
    'grpc://collector:4317',
    'https://user:hunter2@otlp.example/',
    'https://otlp.example/?key=hunter2',
    'https://otlp.example/#a',
  ])('is not %s', (text) => {
    expect(() => collectorUrl.parse(text)).toThrow(ValueRefused);
  });

  it('is shown without its password where it is refused', () => {
    expect(collectorUrl.mask?.('https://user:hunter2@otlp.example/')).not.toContain('hunter2');
    expect(collectorUrl.mask?.('collector')).toBe('collector');
  });
});

describe('the headers for a collector', () => {
  it('are pairs, whose values may be percent-encoded', () => {
    expect(headerList.parse('api-key=a%2Cb, Authorization = Basic%20YQ== ,x-empty=')).toEqual({
      'api-key': 'a,b',
      Authorization: 'Basic YQ==',
      'x-empty': '',
    });
  });

  it.each(['hunter2', '=hunter2', 'a b=hunter2', 'a=%0D%0Ax-evil:%201', 'a=%zz', 'a=%E2%82%AC'])(
    'are not %s',
    (text) => {
      expect(() => headerList.parse(text)).toThrow(ValueRefused);
    },
  );

  it('are never shown', () => {
    expect(headerList.mask?.('hunter2')).toBe('*** (7 characters)');
  });
});

const REQUIRED = {
  KAFKA_BROKERS: 'localhost:9092',
  DATABASE_URL: 'postgres://localhost/webhooks',
  SECRETS_KEY: 'k'.repeat(32),
};
const tracing = (env: NodeJS.ProcessEnv) => loadConfiguration({ ...REQUIRED, ...env }).tracing;

describe('traces', () => {
  it('are off without a collector, whatever else is set', () => {
    const others = { OTEL_SERVICE_NAME: 'a', OTEL_EXPORTER_OTLP_HEADERS: 'a=b' };
    expect(tracing({ ...others, OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBeUndefined();
  });

  it.each([
    ['http://c:4318', 'http://c:4318/v1/traces'],
    ['http://c:4318/', 'http://c:4318/v1/traces'],
    ['https://c/otlp', 'https://c/otlp/v1/traces'],
    ['https://c/otlp/', 'https://c/otlp/v1/traces'],
  ])('go to the path of OTLP below %s', (OTEL_EXPORTER_OTLP_ENDPOINT, url) => {
    expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT })).toEqual({
      url,
      headers: {},
      serviceName: 'happycolis-webhooks',
    });
  });

  it('go to an endpoint of their own where there is one, and nowhere when disabled', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t:4318/own',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=1',
      OTEL_SERVICE_NAME: 'webhooks-eu',
    };
    expect(tracing(env)).toEqual({
      url: 'http://t:4318/own',
      headers: { 'api-key': '1' },
      serviceName: 'webhooks-eu',
    });
    expect(tracing({ ...env, OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
  });

  it.each([
    { OTEL_TRACES_SAMPLER: 'parent_based' },
    { OTEL_TRACES_SAMPLER: 'ALWAYS_ON' },
    { OTEL_TRACES_SAMPLER_ARG: '1.1' },
    { OTEL_TRACES_SAMPLER_ARG: '10%' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
  ])('refuse %o', (env) => {
    expect(() => tracing(env)).toThrow(Object.keys(env)[0]);
  });

  it('take a sampler and its argument', () => {
    const OTEL_TRACES_SAMPLER = 'parentbased_traceidratio';
    for (const OTEL_TRACES_SAMPLER_ARG of ['0', '0.25', '1', '1.0']) {
      expect(() => tracing({ OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG })).not.toThrow();
    }
  });

  it('say nothing of what is OpenTelemetry’s, and something of what is misspelt', () => {
    const standard = [
      'OTEL_RESOURCE_ATTRIBUTES',
      'OTEL_PROPAGATORS',
      'OTEL_TRACES_EXPORTER',
      'OTEL_METRICS_EXPORTER',
      'OTEL_LOGS_EXPORTER',
      'OTEL_LOG_LEVEL',
      'OTEL_BSP_SCHEDULE_DELAY',
      'OTEL_BSP_EXPORT_TIMEOUT',
      'OTEL_BSP_MAX_QUEUE_SIZE',
      'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
      'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      'OTEL_EXPORTER_OTLP_TIMEOUT',
      'OTEL_EXPORTER_OTLP_COMPRESSION',
      'OTEL_EXPORTER_OTLP_CERTIFICATE',
      'OTEL_EXPORTER_OTLP_CLIENT_KEY',
      'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
      'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT',
      'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
      'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
    ];
    const env = Object.fromEntries(standard.map((name) => [name, 'x']));
    expect(loadConfiguration({ ...REQUIRED, ...env }).warnings).toEqual([]);
    expect(loadConfiguration({ ...REQUIRED, OTEL_EXPORTER_OTLP_ENPOINT: 'x' }).warnings).toEqual([
      expect.stringContaining('did you mean OTEL_EXPORTER_OTLP_ENDPOINT?'),
    ]);
  });
});
