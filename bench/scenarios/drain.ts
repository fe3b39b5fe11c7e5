import { BenchFailedError } from '../bench.errors.js';
import type { BenchDatabase } from '../bench-database.store.js';
import type { BenchStage } from '../bench-stage.js';
import { rawRate } from '../load/raw-rate.js';
import { Meter } from '../measure/meter.js';
import { until } from '../patience.js';
import { residentOf } from './resident.js';
import type { Goal, Measurement, Scenario } from './scenario.js';

/** Slower than this is a failure of its own: it bounds the run. */
const SLOWEST_PER_SECOND = 20;
const SHORTEST_LIMIT_MS = 60_000;

/** Requests in flight to one origin, as the service limits them by default. */
const MOST_IN_FLIGHT = 128;

export interface DrainOptions {
  readonly name: string;
  readonly organizations: number;
  /** Integrations of an organization, each of which gets every record. */
  readonly fanOut: number;
  /** Part of `--records` that this scenario takes; each becomes `fanOut` deliveries. */
  readonly share: number;
  readonly ofRaw?: Goal;
  readonly perSecond?: Goal;
}

const NOTE =
  'records are produced while the service is stopped; the clock runs from its first batch to the last recorded 2xx; the process is fresh, its compiler cold. The raw rate is undici.request with as many requests in flight, right before and right after, because a machine under load slows down; the limit is their mean. CPU and statements count from the start of the service on';

export function drainScenario(options: DrainOptions): Scenario {
  const { organizations, fanOut } = options;
  const each = fanOut === 1 ? '' : `, every record to ${fanOut} integrations`;
  const queues = organizations * fanOut;
  return {
    name: options.name,
    about: `Kafka record to recorded 2xx, ${queues === 1 ? 'one queue' : `${queues} queues`}${each}`,
    note: NOTE,
    run: (stage) => drain(stage, options),
  };
}

async function drain(stage: BenchStage, options: DrainOptions): Promise<Measurement[]> {
  const { organizations, fanOut, share, ofRaw, perSecond: wanted } = options;
  const records = Math.ceil(stage.records * share);
  const deliveries = records * fanOut;
  const concurrency = Math.min(organizations * fanOut, MOST_IN_FLIGHT);
  const before = await rawRate(stage.receiver.url, concurrency);
  const { perSecond, costs, receiverMicros } = await drained(stage, options);
  const after = await rawRate(stage.receiver.url, concurrency);
  const raw = (before.perSecond + after.perSecond) / 2;
  const limit = { name: 'raw POSTs/s', value: raw };
  return [
    { name: 'delivered', unit: '/s', value: perSecond, limit, ...(wanted && { goal: wanted }) },
    { name: 'of the raw rate', unit: '', value: perSecond / raw, ...(ofRaw && { goal: ofRaw }) },
    ...costs,
    { name: "receiver's CPU a request", unit: 'µs', value: receiverMicros / deliveries },
  ];
}

export interface Drained {
  readonly perSecond: number;
  readonly costs: readonly Measurement[];
  readonly receiverMicros: number;
}

/** Produces, starts the service and waits for the last outcome; checks order and completeness. */
export async function drained(
  stage: BenchStage,
  { organizations, fanOut, share }: Pick<DrainOptions, 'organizations' | 'fanOut' | 'share'>,
): Promise<Drained> {
  const records = Math.ceil(stage.records * share);
  const deliveries = records * fanOut;
  const database = await stage.database();
  const ids = await database.subscribe({
    organizations,
    integrationsEach: fanOut,
    endPoints: stage.receiver.paths(fanOut),
    secretsKey: stage.secretsKey,
  });
  const producer = await stage.producer(ids);
  await stage.receiver.reset();
  await producer.produce(records);
  stage.say(`${records} records are waiting in Kafka`);

  const service = await stage.service(database);
  const meter = await Meter.start({ service, database, ports: stage.ports });
  const limitMs = Math.max(SHORTEST_LIMIT_MS, (deliveries / SLOWEST_PER_SECOND) * 1_000);
  const { cpuMicros } = await stage.receiver.received(deliveries, limitMs);
  const endedAt = await recorded(database, deliveries);
  const costs = await meter.perDelivery(deliveries);
  const perSecond = (deliveries / (endedAt - service.firstBatchAt())) * 1_000;
  const resident = residentOf(service);
  await service.stop();
  await nothingElseHappened(stage, database, deliveries);
  return { perSecond, costs: [...costs, ...resident], receiverMicros: cpuMicros };
}

/** Resolves with the time at which every outcome was seen recorded. */
async function recorded(database: BenchDatabase, deliveries: number): Promise<number> {
  await until(async () => (await database.totals()).delivered === deliveries, {
    what: 'the last outcomes',
    limitMs: 30_000,
    everyMs: 5,
  });
  return Date.now();
}

async function nothingElseHappened(
  stage: BenchStage,
  database: BenchDatabase,
  deliveries: number,
): Promise<void> {
  await stage.receiver.received(deliveries, 0);
  const totals = await database.totals();
  if (totals.enqueued !== deliveries || totals.deadLetters > 0 || totals.blockedQueues > 0) {
    throw new BenchFailedError(`not what was produced: ${JSON.stringify(totals)}`);
  }
}
