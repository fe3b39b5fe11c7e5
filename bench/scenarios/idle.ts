import { setTimeout as pause } from 'node:timers/promises';
import type { BenchStage } from '../bench-stage.js';
import type { Measurement, Scenario } from './scenario.js';

const QUEUES = 50_000;
const SETTLE_MS = 5_000;
const MEASURE_S = 20;
const MICROS_PER_S = 1_000_000;

export const IDLE: Scenario = {
  name: 'idle',
  about: `what a replica costs with ${QUEUES} queues in which nothing waits`,
  note: `${MEASURE_S} s, from 5 s after the groups were joined on`,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const database = await stage.database();
    await database.install(QUEUES, stage.receiver.url, stage.secretsKey);
    const service = await stage.service(database);
    await service.joined();
    await pause(SETTLE_MS);
    const before = { cpu: service.cpuMicros(), ...(await database.counters()) };
    await pause(MEASURE_S * 1_000);
    const after = { cpu: service.cpuMicros(), ...(await database.counters()) };
    await service.stop();
    const { cpu: cpuBefore, statements: statementsBefore } = before;
    const { cpu: cpuAfter, statements: statementsAfter } = after;
    return [
      ...perSecond("of a core, service's", '', cpuBefore, cpuAfter, 0.02, MICROS_PER_S),
      ...perSecond('statements', '/s', statementsBefore, statementsAfter, 5, 1),
    ];
  },
};

function perSecond(
  name: string,
  unit: string,
  before: number | undefined,
  after: number | undefined,
  atMost: number,
  divisor: number,
): Measurement[] {
  if (before === undefined || after === undefined) return [];
  const value = (after - before) / divisor / MEASURE_S;
  return [{ name, unit, value, goal: { is: 'at most', value: atMost } }];
}
