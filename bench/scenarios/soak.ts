import type { BenchStage } from '../bench-stage.js';
import type { SteadyLoad } from '../load/record-producer.js';
import { percentile } from '../report/percentile.js';
import { ms, QUEUES, sparseQueues, steadily } from './latency.js';
import { RESIDENT_GOAL } from './resident.js';
import type { Measurement, Scenario } from './scenario.js';

/** Ten minutes in which memory is to stay flat, behind one in which it grows to what it needs. */
const LOAD: SteadyLoad = { perSecond: 500, warmUpS: 60, measureS: 600 };
const SAMPLE_S = 5;
/** What the beginning and the end of the ten minutes are judged by. */
const EDGE_S = 120;
const MOST_GROWTH_MB = 10;

export const SOAK: Scenario = {
  name: 'soak',
  about: `only by name: ten minutes of ${LOAD.perSecond} events/s over ${QUEUES} queues`,
  note: `behind a minute of warm-up; growth is the difference between the medians of the last and the first ${EDGE_S / 60} of ten minutes, memory read every ${SAMPLE_S} s`,
  onDemand: true,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const resident: number[] = [];
    let peak = 0;
    const latencies = await steadily(stage, await sparseQueues(stage), LOAD, {
      everyMs: SAMPLE_S * 1_000,
      look: (service) => {
        const memory = service.residentMegabytes();
        if (memory === undefined) return;
        resident.push(memory.now);
        peak = memory.peak;
      },
    });
    return [
      ...memoryOf(resident.slice(-LOAD.measureS / SAMPLE_S), peak),
      { name: 'p50', unit: 'ms', value: ms(latencies, 0.5) },
      { name: 'p99', unit: 'ms', value: ms(latencies, 0.99) },
    ];
  },
};

function memoryOf(resident: readonly number[], peak: number): Measurement[] {
  if (resident.length === 0) return [];
  const edge = EDGE_S / SAMPLE_S;
  const first = percentile(resident.slice(0, edge), 0.5);
  const last = percentile(resident.slice(-edge), 0.5);
  const flat = { is: 'at most', value: MOST_GROWTH_MB } as const;
  return [
    { name: 'resident, peak', unit: 'MB', value: peak, goal: RESIDENT_GOAL },
    { name: 'resident, at the end', unit: 'MB', value: last },
    { name: 'growth in ten minutes', unit: 'MB', value: last - first, goal: flat },
  ];
}
