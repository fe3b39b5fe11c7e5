import type { BenchStage } from '../bench-stage.js';
import { filledQueues } from './filled-queues.js';
import type { Measurement, Scenario } from './scenario.js';

const DELAY_MS = 50;
const QUEUES = 400;
const MESSAGES_EACH = 200;
const MEASURE_S = 10;

/** So few that one process cannot use the machine. */
const SLOTS = 50;
const PROCESSES = [1, 2, 4];

export const PROCESSES_SCENARIO: Scenario = {
  name: 'processes',
  about: `1, 2 and 4 processes against receivers of ${DELAY_MS} ms`,
  note: `${QUEUES} queues, ${SLOTS} slots a process; the limit is slots/delay of all of them; watched for ${MEASURE_S} s from 3 s after the first delivery on`,
  once: true,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const measurements: Measurement[] = [];
    for (const processes of PROCESSES) {
      const perSecond = await withProcesses(stage, processes);
      const limit = { name: 'possible/s', value: (processes * SLOTS * 1_000) / DELAY_MS };
      const name = `${processes} ${processes === 1 ? 'process' : 'processes'}`;
      measurements.push({ name, unit: '/s', value: perSecond, limit });
    }
    const [one, , four] = measurements.map(({ value }) => value);
    if (one !== undefined && four !== undefined) {
      measurements.push({ name: '4 processes to 1', unit: '', value: four / one });
    }
    return measurements;
  },
};

async function withProcesses(stage: BenchStage, processes: number): Promise<number> {
  const filling = { queues: QUEUES, messagesEach: MESSAGES_EACH, delayMs: DELAY_MS };
  const database = await filledQueues(stage, filling);
  const settings = {
    DELIVERY_CONCURRENCY: String(SLOTS),
    DELIVERY_CONCURRENCY_PER_ORIGIN: String(SLOTS),
  };
  await Promise.all(Array.from({ length: processes }, () => stage.service(database, settings)));
  const perSecond = await stage.receiver.rate(MEASURE_S, 3);
  await stage.strike();
  return perSecond;
}
