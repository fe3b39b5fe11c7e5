import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';

const OF = { name: 'webhooks_things', help: 'Things.' };

/** The lines of one metric, without what Node tells of itself. */
async function seriesOf(metrics: Metrics, name = OF.name): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith(name));
}

describe('metrics', () => {
  it('have every series of a label from the start, at 0', async () => {
    const metrics = new Metrics();
    const count = metrics.counters(OF, { name: 'kind', values: ['a', 'b'] });
    expect(await seriesOf(metrics)).toEqual([
      'webhooks_things{kind="a"} 0',
      'webhooks_things{kind="b"} 0',
    ]);
    count.a();
    count.a(3);
    expect(await seriesOf(metrics)).toContain('webhooks_things{kind="a"} 4');
  });

  it('read a gauge at every scrape, and have no series where there is nothing to read', async () => {
    const metrics = new Metrics();
    let value: number | undefined = 2;
    metrics.gauge(OF, () => Promise.resolve(value));
    expect(await seriesOf(metrics)).toEqual(['webhooks_things 2']);
    value = undefined;
    expect(await seriesOf(metrics)).toEqual([]);
    value = 0;
    expect(await seriesOf(metrics)).toEqual(['webhooks_things 0']);
  });

  it('forget the labels of a gauge that are not there any more', async () => {
    const metrics = new Metrics();
    let values: Map<string, number> | undefined = new Map([
      ['a', 1],
      ['b', 2],
    ]);
    metrics.gauges(OF, 'kind', () => Promise.resolve(values));
    expect(await seriesOf(metrics)).toHaveLength(2);
    values = new Map([['b', 3]]);
    expect(await seriesOf(metrics)).toEqual(['webhooks_things{kind="b"} 3']);
    values = undefined;
    expect(await seriesOf(metrics)).toEqual([]);
  });

  it('of two are apart, and each has those of the process and of Node', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    one.counter(OF)();
    expect(await seriesOf(other)).toEqual([]);
    for (const metrics of [one, other]) {
      expect(await seriesOf(metrics, 'process_start_time_seconds')).toHaveLength(1);
      expect(await seriesOf(metrics, 'nodejs_eventloop_lag_p99_seconds')).toHaveLength(1);
    }
  });
});
