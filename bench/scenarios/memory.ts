import { setTimeout as pause } from 'node:timers/promises';
import { BenchFailedError } from '../bench.errors.js';
import type { BenchStage } from '../bench-stage.js';
import { until } from '../patience.js';
import type { Measurement, Scenario } from './scenario.js';

const MESSAGES = 100_000;
const QUEUES = 1_000;
const ENQUEUE_LIMIT_MS = 180_000;
const SETTLE_MS = 10_000;

export const MEMORY: Scenario = {
  name: 'memory',
  about: `resident memory of the service with ${MESSAGES} queued messages`,
  note: `${QUEUES} queues whose receiver refuses everything, so that all of them are BLOCKED and probed; the peak is that of the whole life of the process, settled is ${SETTLE_MS / 1_000} s after the last message was enqueued`,
  once: true,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const database = await stage.database();
    const organizations = await database.install(QUEUES, stage.receiver.url, stage.secretsKey);
    const producer = await stage.producer(organizations);
    await stage.receiver.reset('refuse');
    await producer.produce(MESSAGES);
    const service = await stage.service(database);
    await until(async () => (await database.totals()).enqueued === MESSAGES, {
      what: `${MESSAGES} messages in the database`,
      limitMs: ENQUEUE_LIMIT_MS,
      everyMs: 100,
      hopeless: () => service.lostBecause(),
    });
    const seconds = (Date.now() - service.firstBatchAt()) / 1_000;
    await pause(SETTLE_MS);
    const { delivered, blockedQueues } = await database.totals();
    if (delivered > 0 || blockedQueues !== QUEUES) {
      throw new BenchFailedError(`${blockedQueues} queues are blocked, ${delivered} delivered`);
    }
    const resident = service.residentMegabytes();
    return [
      ...(resident ? residentOf(resident) : []),
      { name: 'enqueued meanwhile', unit: '/s', value: MESSAGES / seconds },
    ];
  },
};

function residentOf({ now, peak }: { now: number; peak: number }): Measurement[] {
  const goal = { is: 'at most', value: 300 } as const;
  return [
    { name: 'resident, peak', unit: 'MB', value: peak, goal },
    { name: 'resident, settled', unit: 'MB', value: now, goal },
  ];
}
