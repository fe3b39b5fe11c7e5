import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger, type LogEvent } from '@app/platform';
import { beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';
import { countingFailures, FAILURE_EVENTS } from './own-failures.js';

const ROOT = join(import.meta.dirname, '../../..');

let metrics: Metrics;
let lines: { event: string; component?: string }[];
let log: ReturnType<typeof createLogger>;

beforeEach(() => {
  metrics = new Metrics();
  lines = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]);
  log = countingFailures(createLogger({ level: 'info', format: 'json' }, { write }), metrics);
});

async function counted(): Promise<string[]> {
  return (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith('webhooks_own_failures_total') && !line.endsWith(' 0'));
}

/** What is passed as first argument to `.error(` or `.fatal(` anywhere in the service. */
function eventsInSources(): string[] {
  const events = ['apps', 'libs'].flatMap((parent) =>
    readdirSync(join(ROOT, parent), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\/src\/.*(?<!\.spec)\.ts$/.test(file))
      .filter((file) => !/^(testing|demo|cli)\//.test(file))
      .flatMap((file) => [
        ...readFileSync(join(ROOT, parent, file), 'utf8').matchAll(
          /\.(?:error|fatal)\(\s*'([a-z_]+\.[a-z_]+)'/g,
        ),
      ])
      .map(([, event = '']) => event),
  );
  return [...new Set(events)].toSorted();
}

describe('failures of our own', () => {
  it('are the error lines of the log and of its children, which are written as before', async () => {
    const child = log.child('delivery');
    child.error('outcome.lost', { seq: '1' });
    child.child('deeper').fatal('process.ended');
    log.error('outcome.lost');
    for (const level of ['warn', 'info'] as const) log[level]('claim.failed');
    log.debug('claim.failed');
    expect(await counted()).toEqual([
      'webhooks_own_failures_total{event="outcome.lost"} 2',
      'webhooks_own_failures_total{event="process.ended"} 1',
    ]);
    expect(lines.map(({ event, component }) => [event, component])).toEqual([
      ['outcome.lost', 'delivery'],
      ['process.ended', 'deeper'],
      ['outcome.lost', undefined],
      ['claim.failed', undefined],
      ['claim.failed', undefined],
    ]);
    expect(lines[0]).toMatchObject({ seq: '1' });
  });

  it('with a name that nobody has listed are counted together', async () => {
    const events: LogEvent[] = ['something.unheard_of', 'something.else'];
    for (const event of events) log.error(event);
    expect(await counted()).toEqual(['webhooks_own_failures_total{event="other"} 2']);
  });

  it('are listed for every error line that the service can write', () => {
    expect(eventsInSources()).toEqual(FAILURE_EVENTS.toSorted());
  });
});
