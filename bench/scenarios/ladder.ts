import type { BenchStage } from '../bench-stage.js';
import { percentile } from '../report/percentile.js';
import { drained } from './drain.js';
import { QUEUES, sparseQueues, steadily } from './latency.js';
import type { Measurement, Scenario } from './scenario.js';

const STEP_S = 20;
const STEPS = [0.6, 0.7, 0.8, 0.9, 1];
const P99_LIMIT_MICROS = 1_000_000;
const ARRIVAL_LIMIT_MS = 120_000;

/** Of a step: what arrived in its last fifth may not have waited much longer than what did in its first. */
const GROWTH_LIMIT_MICROS = 500_000;

export const LADDER: Scenario = {
  name: 'ladder',
  about: `the highest of fixed rates that is kept up for ${STEP_S} s`,
  note: `a drain of ${QUEUES} queues first, then parts of its rate (${STEPS.join(', ')}) until one is not kept up: its p99 is 1 s or more, or the median wait of its last fifth is half a second above that of its first`,
  once: true,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const drain = await drained(stage, { organizations: QUEUES, fanOut: 1, share: 0.4 });
    await stage.strike();
    let kept = 0;
    for (const step of STEPS) {
      if (!(await keepsUp(stage, drain.perSecond * step))) break;
      kept = step;
    }
    return [
      { name: 'kept up', unit: '/s', value: kept * drain.perSecond },
      {
        name: 'of the drain rate',
        unit: '',
        value: kept,
        limit: { name: 'drained/s', value: drain.perSecond },
        goal: { is: 'at least', value: 0.8 },
      },
    ];
  },
};

async function keepsUp(stage: BenchStage, perSecond: number): Promise<boolean> {
  const load = { perSecond, warmUpS: 2, measureS: STEP_S };
  const scene = { ...(await sparseQueues(stage)), arrivalLimitMs: ARRIVAL_LIMIT_MS };
  const latencies = await steadily(stage, scene, load);
  await stage.strike();
  const fifth = Math.floor(latencies.length / 5);
  const growth =
    percentile(latencies.slice(-fifth), 0.5) - percentile(latencies.slice(0, fifth), 0.5);
  const p99 = percentile(latencies, 0.99);
  stage.say(`${Math.round(perSecond)}/s: p99 ${Math.round(p99 / 1_000)} ms`);
  return p99 < P99_LIMIT_MICROS && growth < GROWTH_LIMIT_MICROS;
}
