import { setTimeout as pause } from 'node:timers/promises';
import type { BenchStage } from '../bench-stage.js';
import type { BenchDatabase } from '../bench-database.store.js';
import { figure } from '../measure/meter.js';
import type { ServiceProcess } from '../service-process.js';
import type { Measurement, Scenario } from './scenario.js';

const QUEUES = 50_000;
/** A start leaves the compiler and the collector with work for some time after it. */
const SETTLE_S = 30;
const MEASURE_S = 20;
const MICROS_PER_S = 1_000_000;

export const IDLE: Scenario = {
  name: 'idle',
  about: `what a replica costs with ${QUEUES} queues in which nothing waits`,
  note: `${MEASURE_S} s, from ${SETTLE_S} s after the groups were joined on`,
  once: true,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const database = await stage.database();
    await database.install(QUEUES, stage.receiver.url, stage.secretsKey);
    const service = await stage.service(database);
    await service.joined();
    await pause(SETTLE_S * 1_000);
    const before = await readings(service, database);
    await pause(MEASURE_S * 1_000);
    const after = await readings(service, database);
    await service.stop();
    const cpu = perSecond(before.cpu, after.cpu);
    const core = cpu === undefined ? undefined : cpu / MICROS_PER_S;
    const statements = perSecond(before.statements, after.statements);
    return [
      ...figure("of a core, service's", '', core, 0.02),
      ...figure('statements', '/s', statements, 5),
    ];
  },
};

async function readings(
  service: ServiceProcess,
  database: BenchDatabase,
): Promise<{ cpu: number | undefined; statements: number | undefined }> {
  const { statements } = await database.counters();
  return { cpu: service.cpuMicros(), statements };
}

function perSecond(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : (after - before) / MEASURE_S;
}
