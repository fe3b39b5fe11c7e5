import { BenchFailedError } from '../bench.errors.js';
import type { BenchDatabase } from '../bench-database.store.js';
import type { BenchStage } from '../bench-stage.js';
import { rawRate } from '../load/raw-rate.js';
import { until } from '../patience.js';
import type { Goal, Measurement, Scenario } from './scenario.js';

/** Slower than this is a failure of its own: it bounds the run. */
const SLOWEST_PER_SECOND = 20;
const SHORTEST_LIMIT_MS = 60_000;

interface DrainOptions {
  readonly queues: number;
  /** Part of `--records` that this scenario takes. */
  readonly share: number;
  readonly goal?: Goal;
}

const NOTE =
  'records are produced while the service is stopped; the clock runs from its first batch to the last recorded 2xx; the process is fresh, its compiler cold. The raw rate is measured right before, with as many requests in flight as there are queues';

export function drainScenario(options: DrainOptions): Scenario {
  const { queues } = options;
  return {
    name: `drain-${queues}`,
    about: `Kafka record to recorded 2xx, ${queues === 1 ? 'one queue' : `${queues} queues`}`,
    note: NOTE,
    run: (stage) => drain(stage, options),
  };
}

async function drain(
  stage: BenchStage,
  { queues, share, goal }: DrainOptions,
): Promise<Measurement[]> {
  const records = Math.ceil(stage.records * share);
  const raw = await rawRate(stage.receiver.url, queues);
  const database = await stage.database();
  const organizations = await database.install(queues, stage.receiver.url, stage.secretsKey);
  const producer = await stage.producer(organizations);
  await stage.receiver.reset();
  await producer.produce(records);
  stage.say(`${records} records are waiting in Kafka`);

  const service = await stage.service(database);
  const cpuBefore = service.cpuMicros();
  const limitMs = Math.max(SHORTEST_LIMIT_MS, (records / SLOWEST_PER_SECOND) * 1_000);
  const { cpuMicros: receiverMicros } = await stage.receiver.received(records, limitMs);
  const endedAt = await recorded(database, records);
  const cpuAfter = service.cpuMicros();
  const perSecond = (records / (endedAt - service.firstBatchAt())) * 1_000;
  await service.stop();
  await nothingElseHappened(stage, database, records);
  const limit = { name: 'raw POSTs/s', value: raw.perSecond };
  return [
    { name: 'delivered', unit: '/s', value: perSecond, limit },
    { name: 'of the raw rate', unit: '', value: perSecond / raw.perSecond, ...(goal && { goal }) },
    ...cpuOf(cpuBefore, cpuAfter, records),
    { name: "receiver's CPU a request", unit: 'µs', value: receiverMicros / records },
  ];
}

/** Resolves with the time at which every outcome was seen recorded. */
async function recorded(database: BenchDatabase, records: number): Promise<number> {
  await until(async () => (await database.totals()).delivered === records, {
    what: 'the last outcomes',
    limitMs: 30_000,
    everyMs: 5,
  });
  return Date.now();
}

async function nothingElseHappened(
  stage: BenchStage,
  database: BenchDatabase,
  records: number,
): Promise<void> {
  await stage.receiver.received(records, 0);
  const totals = await database.totals();
  if (totals.enqueued !== records || totals.deadLetters > 0 || totals.blockedQueues > 0) {
    throw new BenchFailedError(`not what was produced: ${JSON.stringify(totals)}`);
  }
}

function cpuOf(
  before: number | undefined,
  after: number | undefined,
  records: number,
): Measurement[] {
  if (before === undefined || after === undefined) return [];
  return [{ name: "service's CPU a delivery", unit: 'µs', value: (after - before) / records }];
}
