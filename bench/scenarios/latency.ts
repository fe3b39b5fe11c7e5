import type { BenchDatabase } from '../bench-database.store.js';
import type { BenchStage } from '../bench-stage.js';
import type { SteadyLoad } from '../load/record-producer.js';
import type { ServiceProcess } from '../service-process.js';
import { percentile } from '../report/percentile.js';
import { drained } from './drain.js';
import type { Measurement, Scenario } from './scenario.js';

export const QUEUES = 100;
const ARRIVAL_LIMIT_MS = 60_000;

/** Few enough that each event goes its way alone. */
export const SPARSE: SteadyLoad = { perSecond: 50, warmUpS: 4, measureS: 20 };

const NOTE =
  'at even distances whatever is still under way, acks=all; 4 s of warm-up, 20 s counted; the time is taken before the record is given to the producer and when the receiver has its POST';

export const LATENCY: Scenario = {
  name: 'latency',
  about: `produce to receipt at ${SPARSE.perSecond} events/s over ${QUEUES} queues`,
  note: `one producer request an event, ${NOTE}`,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const latencies = await steadily(stage, await sparseQueues(stage), SPARSE);
    return [
      { name: 'p50', unit: 'ms', value: ms(latencies, 0.5), goal: { is: 'at most', value: 5 } },
      { name: 'p99', unit: 'ms', value: ms(latencies, 0.99), goal: { is: 'at most', value: 20 } },
      { name: 'longest', unit: 'ms', value: ms(latencies, 1) },
    ];
  },
};

export const LATENCY_HALF: Scenario = {
  name: 'latency-half',
  about: 'produce to receipt at half the drain rate over 100 queues',
  note: `a drain of 100 queues first, then half its rate: one producer request every 10 ms, ${NOTE}`,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const drain = await drained(stage, { organizations: QUEUES, fanOut: 1, share: 0.4 });
    await stage.strike();
    const load = { perSecond: drain.perSecond / 2, warmUpS: 4, measureS: 20 };
    const latencies = await steadily(stage, await sparseQueues(stage), load);
    const limit = { name: 'drained/s', value: drain.perSecond };
    return [
      { name: 'events', unit: '/s', value: load.perSecond, limit },
      { name: 'p50', unit: 'ms', value: ms(latencies, 0.5) },
      { name: 'p99', unit: 'ms', value: ms(latencies, 0.99), goal: { is: 'at most', value: 200 } },
    ];
  },
};

export interface SteadyScene {
  readonly database: BenchDatabase;
  readonly organizations: readonly string[];
  /** Part of the deliveries that ever arrive; all when absent. */
  readonly arriving?: number;
  /** How long the last ones may take, after the last was produced; a minute when absent. */
  readonly arrivalLimitMs?: number;
}

/** Looks at the service from time to time while it is under load. */
export interface Watch {
  readonly everyMs: number;
  readonly look: (service: ServiceProcess) => void;
}

/** Queues whose receivers all answer at once. */
export async function sparseQueues(stage: BenchStage): Promise<SteadyScene> {
  const database = await stage.database();
  const organizations = await database.install(QUEUES, stage.receiver.url, stage.secretsKey);
  return { database, organizations };
}

/** Microseconds from produce to receipt of what is counted, in the order of arrival. */
export async function steadily(
  stage: BenchStage,
  scene: SteadyScene,
  load: SteadyLoad,
  watch?: Watch,
): Promise<readonly number[]> {
  const { database, organizations, arriving = 1, arrivalLimitMs = ARRIVAL_LIMIT_MS } = scene;
  const producer = await stage.producer(organizations);
  await stage.receiver.reset();
  const service = await stage.service(database);
  await service.joined();
  const watching = watch && setInterval(() => watch.look(service), watch.everyMs);
  try {
    const { warmUp, counted } = await producer.produceSteadily(load);
    const all = Math.round((warmUp + counted) * arriving);
    const { latencies } = await stage.receiver.received(all, arrivalLimitMs);
    await service.stop();
    return latencies;
  } finally {
    clearInterval(watching);
  }
}

export const ms = (latencies: readonly number[], share: number): number =>
  percentile(latencies, share) / 1_000;
