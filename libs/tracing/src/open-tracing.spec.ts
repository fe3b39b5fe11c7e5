import { createServer } from 'node:net';
import { once } from 'node:events';
import { createLogger, type Logger } from '@app/platform';
import { NO_TRACES, QueueStatus, type QueueLease } from '@app/queue';
import { TestReceiver, waitFor } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTracing } from './open-tracing.js';

let collector: TestReceiver;
beforeEach(async () => {
  collector = await TestReceiver.start();
});
afterEach(() => collector.close());

function recorded(): { readonly log: Logger; readonly lines: () => Record<string, unknown>[] } {
  const written: string[] = [];
  const output = { write: (line: string) => void written.push(line) };
  const log = createLogger({ level: 'info', format: 'json' }, output);
  return { log, lines: () => written.map((line): Record<string, unknown> => JSON.parse(line)) };
}

const LEASE: QueueLease = {
  queueId: 'i1',
  applicationId: 'a1',
  organizationId: 'o1',
  token: '1',
  status: QueueStatus.HEALTHY,
  attempts: 0,
  head: {
    seq: '1',
    messageId: 'm1',
    webhookId: 'w1',
    type: 'order/created',
    enqueuedAt: new Date(),
    body: Buffer.from(''),
    endPoint: 'https://receiver.example/',
    headers: {},
    removed: false,
    origin: 'event',
    place: { elsewhere: false, previous: '0', skipped: [] },
    traceParent: null,
  },
  behind: [],
  mayRun: true,
  backoff: { minMs: null, maxMs: null },
  deadline: 0,
};

async function opened(url: string) {
  const { log, lines } = recorded();
  const headers = { 'x-api-key': 'hunter2' };
  const tracing = await openTracing({ url, headers, serviceName: 'spec' }, log);
  const deliver = (count: number) => {
    for (let n = 0; n < count; n += 1) tracing.tracer.deliver(LEASE).end(undefined);
  };
  return { tracing, deliver, lines };
}

/** A batch is sent when it has so many spans, else after some seconds. */
const BATCH = 512;

describe('openTracing', () => {
  it('opens nothing without a collector', async () => {
    const { log, lines } = recorded();
    const tracing = await openTracing(undefined, log);
    expect(tracing.tracer).toBe(NO_TRACES);
    await tracing.close();
    expect(lines()).toEqual([]);
  });

  it('sends spans in batches, with the headers, and the last ones at its end', async () => {
    const { tracing, deliver, lines } = await opened(collector.url('/v1/traces'));
    deliver(BATCH + 1);
    const [first] = await collector.waitForCount(1);
    expect(first).toMatchObject({ path: '/v1/traces', method: 'POST' });
    expect(first?.headers).toMatchObject({ 'x-api-key': 'hunter2' });
    await tracing.close();
    expect(collector.requests).toHaveLength(2);
    const [line, ...others] = lines();
    expect(line).toMatchObject({ event: 'tracing.started', service: 'spec' });
    expect(JSON.stringify(line)).not.toContain('hunter2');
    expect(others).toEqual([]);
  });

  it('says once that spans are not taken, and once that they are again', async () => {
    collector.script('/', { kind: 'answer', status: 400, body: 'hunter2' });
    const { tracing, deliver, lines } = await opened(collector.url());
    const failures = async (count: number) => {
      deliver(BATCH);
      await collector.waitForCount(count);
    };
    await failures(1);
    await failures(2);
    await failures(3);
    collector.script('/', { kind: 'answer' });
    deliver(BATCH);
    await waitFor(() => lines().some(({ event }) => event === 'span_export.recovered'));
    await tracing.close();
    expect(lines().slice(1)).toMatchObject([
      {
        level: 'warn',
        event: 'span_export.failed',
        spans: BATCH,
        cause: expect.stringContaining('400'),
      },
      { level: 'info', event: 'span_export.recovered', lostSpans: 3 * BATCH },
    ]);
    expect(JSON.stringify(lines())).not.toContain('hunter2');
  });

  it('holds a bounded number of spans while its collector hangs, and ends within its time', async () => {
    collector.script('/', { kind: 'hang' });
    const { tracing, deliver, lines } = await opened(collector.url());
    deliver(100_000);
    const startedAt = performance.now();
    await tracing.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    // The batch that was on its way, and what the queue holds.
    expect(collector.requests.length).toBeLessThanOrEqual(1 + 2_048 / BATCH);
    expect(lines().slice(1)).toMatchObject([{ level: 'warn', event: 'spans.dropped' }]);
  });

  it('ends all the same where its collector refuses the last spans, and says so', async () => {
    collector.script('/', { kind: 'answer', status: 400 });
    const { tracing, deliver, lines } = await opened(collector.url());
    deliver(1);
    await expect(tracing.close()).resolves.toBeUndefined();
    expect(lines().slice(1)).toMatchObject([{ event: 'span_export.failed' }]);
  });

  it('ends all the same where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    server.close();
    await once(server, 'close');
    const { tracing, deliver } = await opened(`http://127.0.0.1:${port}/`);
    deliver(1);
    await expect(tracing.close()).resolves.toBeUndefined();
  });
});
