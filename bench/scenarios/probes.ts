import type { BenchDatabase } from '../bench-database.store.js';
import type { BenchStage } from '../bench-stage.js';
import { SilentReceiver } from '../load/silent-receiver.js';
import { until } from '../patience.js';
import { ms, QUEUES, SPARSE } from './latency.js';
import type { Measurement, Scenario } from './scenario.js';

const BLOCKED = 10_000;
const ARRIVAL_LIMIT_MS = 30_000;
const PROBES_LIMIT_MS = 60_000;

/** Nobody listens there. */
const CLOSED_PORT = 'http://127.0.0.1:1/';

export const PROBES: Scenario = {
  name: 'probes',
  about: `what ${BLOCKED} blocked queues cost the healthy ones`,
  note: `the load of "latency", first alone and then, by a second process on the same database, beside ${BLOCKED} queues that have been blocked for an hour and are probed as configured; half of their receivers refuse the connection, half never answer`,
  once: true,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const database = await stage.database();
    const organizations = await database.install(QUEUES, stage.receiver.url, stage.secretsKey);
    const producer = await stage.producer(organizations);
    await stage.receiver.reset();
    const measured = async (
      received: number,
    ): Promise<{ latencies: readonly number[]; received: number }> => {
      const service = await stage.service(database);
      await service.joined();
      const cpuBefore = service.cpuMicros();
      const { warmUp, counted } = await producer.produceSteadily(SPARSE);
      const all = received + warmUp + counted;
      const { latencies } = await stage.receiver.received(all, ARRIVAL_LIMIT_MS);
      stage.say(`CPU of the service: ${((service.cpuMicros() ?? 0) - (cpuBefore ?? 0)) / 1e6} s`);
      await service.stop();
      return { latencies: latencies.slice(-counted), received: all };
    };
    const alone = await measured(0);
    const silent = new SilentReceiver();
    try {
      await database.addBlockedQueues(BLOCKED, [CLOSED_PORT, await silent.listen()]);
      const beside = await measured(alone.received);
      const probes = await probed(database);
      return figures(alone.latencies, beside.latencies, probes);
    } finally {
      silent.close();
    }
  },
};

async function probed(database: BenchDatabase): Promise<number> {
  let attempts = 0;
  await until(async () => (attempts = await database.failedAttempts()) > 0, {
    what: 'a probe',
    limitMs: PROBES_LIMIT_MS,
    everyMs: 100,
  });
  return attempts;
}

function figures(
  alone: readonly number[],
  beside: readonly number[],
  probes: number,
): Measurement[] {
  const row = (name: string, share: number): Measurement[] => [
    { name: `${name} alone`, unit: 'ms', value: ms(alone, share) },
    { name: `${name} beside`, unit: 'ms', value: ms(beside, share) },
  ];
  return [
    ...row('p50', 0.5),
    ...row('p99', 0.99),
    {
      name: 'p50 beside to alone',
      unit: '',
      value: ms(beside, 0.5) / ms(alone, 0.5),
      goal: { is: 'at most', value: 1.2 },
    },
    { name: 'probes meanwhile', unit: '', value: probes },
  ];
}
