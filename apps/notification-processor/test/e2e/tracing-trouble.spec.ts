import {
  freePort,
  receivedEvents,
  startDeployment,
  TestReceiver,
  type Deployment,
  type SeededIntegration,
} from '@app/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Collector } from './collector.js';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const MESSAGES = Array.from({ length: 40 }, (_, index) => index + 1);

let deployment: Deployment;
let receiver: TestReceiver;
let collector: Collector;

beforeAll(async () => {
  [deployment, receiver, collector] = await Promise.all([
    startDeployment({ replicas: 0 }),
    TestReceiver.start(),
    Collector.start(),
  ]);
});
afterEach(() => {
  for (const replica of deployment.replicas) replica.kill('SIGKILL');
});
afterAll(async () => {
  await deployment?.dispose();
  await Promise.all([receiver.close(), collector.close()]);
});

async function subscribed(path: string): Promise<SeededIntegration> {
  const of = await deployment.integration();
  await deployment.webhook({ ...of, endPoint: receiver.url(path) });
  return of;
}

const publish = ({ organizationId }: SeededIntegration, numbers: readonly number[]) =>
  deployment.publish(
    ...numbers.map((n) => ({
      topic: 'order.created',
      value: JSON.stringify({ organizationId, n }),
      headers: { traceparent: TRACEPARENT },
    })),
  );

const numbersAt = (path: string): unknown[] =>
  receivedEvents(receiver, path).map(({ body }) => (JSON.parse(String(body)) as { n: unknown }).n);

/** One batch every 20 ms, and tried no longer than 300 ms. */
const withCollector = (endpoint: string) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_BSP_SCHEDULE_DELAY: '20',
  OTEL_EXPORTER_OTLP_TIMEOUT: '300',
});

/** Has a process say at its end how many files of OpenTelemetry's SDK it has loaded. */
const COUNTING = encodeURIComponent(`
  import { writeSync } from 'node:fs';
  import Module from 'node:module';
  process.on('exit', () => {
    const loaded = Object.keys(Module._cache).filter((file) => file.includes('opentelemetry/sdk-trace'));
    writeSync(1, JSON.stringify({ event: 'modules.counted', loaded: loaded.length }));
  });`);
const withCounting = { NODE_OPTIONS: `--import=data:text/javascript,${COUNTING}` };

describe('without a collector', () => {
  it('nothing is stored of a trace, nothing is sent on, and OpenTelemetry is not loaded', async () => {
    const of = await subscribed('/off');
    const service = await deployment.start({ OTEL_SERVICE_NAME: 'off', ...withCounting });
    await publish(of, [1]);
    const [request] = await receiver.waitForCount(1, { path: '/off', timeoutMs: 15_000 });

    expect(Object.keys(request?.headers ?? {})).not.toContain('traceparent');
    const rows = await deployment.database.query(
      'SELECT trace_parent FROM integration_queue_message WHERE queue_id = $1',
      [of.integrationId],
    );
    expect(rows).toEqual([{ trace_parent: null }]);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(service.log.text).toMatch(/"modules.counted","loaded":0/);
  });
});

describe('a collector', () => {
  it.each(['hangs', 'refuses', 'answers 500', 'is away'])(
    'that %s changes nothing about delivery or the end',
    async (trouble) => {
      const path = `/${trouble.replace(' ', '-')}`;
      const of = await subscribed(path);
      const behaviour =
        trouble === 'hangs'
          ? ({ kind: 'hang' } as const)
          : trouble === 'refuses'
            ? ({ kind: 'reset' } as const)
            : ({ kind: 'answer', status: 500 } as const);
      collector.receiver.script('/v1/traces', behaviour);
      const endpoint =
        trouble === 'is away' ? `http://127.0.0.1:${await freePort()}` : collector.endpoint;
      const service = await deployment.start(withCollector(endpoint));

      await publish(of, MESSAGES.slice(0, 20));
      await receiver.waitForCount(20, { path, timeoutMs: 15_000 });
      await service.log.waitFor('span_export.failed');
      await publish(of, MESSAGES.slice(20));
      await receiver.waitForCount(40, { path, timeoutMs: 15_000 });

      expect(numbersAt(path)).toEqual(MESSAGES);
      expect(await service.stop()).toEqual({ code: 0, signal: null });
      expect(service.log.of('span_export.failed')).toHaveLength(1);
      expect(service.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    },
  );

  it('that comes back is told of what it has missed, and of the last spans at the end', async () => {
    const of = await subscribed('/back');
    collector.receiver.script('/v1/traces', { kind: 'answer', status: 400 });
    const service = await deployment.start(withCollector(collector.endpoint));
    await publish(of, [1]);
    await service.log.waitFor('span_export.failed');

    collector.receiver.script('/v1/traces', { kind: 'answer' });
    await publish(of, [2]);
    const line = await service.log.waitFor('span_export.recovered');
    expect(Number(line['lostSpans'])).toBeGreaterThan(0);
    await receiver.waitForCount(2, { path: '/back', timeoutMs: 15_000 });
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    const attempts = collector.spans.filter(
      ({ name, attributes }) =>
        name === 'deliver' && attributes['webhooks.integration.id'] === of.integrationId,
    );
    expect(attempts.length).toBeGreaterThan(0);
  });

  it('gets at the end what no batch was due for', async () => {
    const of = await subscribed('/last');
    collector.receiver.script('/v1/traces', { kind: 'answer' });
    const service = await deployment.start({
      ...withCollector(collector.endpoint),
      ...withCounting,
      OTEL_BSP_SCHEDULE_DELAY: '3600000',
    });
    const before = collector.receiver.requests.length;
    await publish(of, [1]);
    await receiver.waitForCount(1, { path: '/last', timeoutMs: 15_000 });
    expect(collector.receiver.requests).toHaveLength(before);

    expect(await service.stop()).toEqual({ code: 0, signal: null });
    const names = collector.spans
      .filter(({ attributes }) => attributes['webhooks.organization.id'] === of.organizationId)
      .map(({ name }) => name);
    expect(names.sort()).toEqual(['deliver', 'enqueue']);
    expect(service.log.text).toMatch(/"modules.counted","loaded":[1-9]/);
  });
});
