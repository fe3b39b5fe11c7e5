import { setTimeout as pause } from 'node:timers/promises';
import type { BenchStage } from '../bench-stage.js';
import { monotonicMicros } from '../receiver/delivery-ledger.js';
import { percentile } from '../report/percentile.js';
import type { RecordProducer } from '../load/record-producer.js';
import type { Measurement, Scenario } from './scenario.js';

export const QUEUES = 100;
const PER_SECOND = 50;
const WARM_UP_S = 4;
const MEASURE_S = 20;
export const WARM_UP_RECORDS = WARM_UP_S * PER_SECOND;
export const COUNTED_RECORDS = MEASURE_S * PER_SECOND;
const ARRIVAL_LIMIT_MS = 30_000;

export const LATENCY: Scenario = {
  name: 'latency',
  about: `produce to receipt at ${PER_SECOND} events/s over ${QUEUES} queues`,
  note: `one producer request an event (acks=all), at even distances whatever is still under way; ${WARM_UP_S} s of warm-up, ${MEASURE_S} s counted; the time is taken before the record is given to the producer and when the receiver has its POST`,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const database = await stage.database();
    const organizations = await database.install(QUEUES, stage.receiver.url, stage.secretsKey);
    const producer = await stage.producer(organizations);
    await stage.receiver.reset();
    const service = await stage.service(database);
    await service.joined();
    await produceSteadily(producer);
    const all = WARM_UP_RECORDS + COUNTED_RECORDS;
    const { latencies } = await stage.receiver.received(all, ARRIVAL_LIMIT_MS);
    const at = (share: number): number => percentile(latencies, share) / 1_000;
    return [
      { name: 'p50', unit: 'ms', value: at(0.5), goal: { is: 'at most', value: 15 } },
      { name: 'p99', unit: 'ms', value: at(0.99) },
      { name: 'longest', unit: 'ms', value: at(1) },
    ];
  },
};

/**
 * Those of the warm-up and then those that are counted, in an open loop: a slow answer delays no other
 * record, so no wait is hidden.
 */
export async function produceSteadily(producer: RecordProducer): Promise<void> {
  const startedAt = performance.now();
  const sent: Promise<void>[] = [];
  for (let index = 0; index < WARM_UP_RECORDS + COUNTED_RECORDS; index += 1) {
    const dueAt = startedAt + (index * 1_000) / PER_SECOND;
    await pause(Math.max(0, dueAt - performance.now()));
    sent.push(producer.produce(1, index < WARM_UP_RECORDS ? 0 : monotonicMicros()));
  }
  await Promise.all(sent);
}
