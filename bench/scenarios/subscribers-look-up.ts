import { WEBHOOK_TYPES, type WebhookType } from '@app/events';
import { BenchFailedError } from '../bench.errors.js';
import type { BenchStage } from '../bench-stage.js';
import { percentile } from '../report/percentile.js';
import { SubscribersLookUp } from '../subscribers-look-up.store.js';
import type { Measurement } from './scenario.js';

interface Event {
  readonly organizationId: string;
  readonly type: WebhookType;
  readonly producedAt: number;
}

/** Microseconds of each, and what the look-up asked meanwhile. */
interface Timed {
  readonly micros: number[];
  statements: number;
  rows: number;
}

const ORGANIZATIONS = 1_000;
const TYPES = [null, ...WEBHOOK_TYPES.slice(0, 9)];
const EVENTS = 500;
const BATCH_ORGANIZATIONS = 100;
const ROUNDS = 20;
const UNCHANGED_A_ROUND = 5;
const ROUND_TRIPS_A_ROUND = 50;
const MATCHED_BATCHES = 4_000;

export const LOOK_UP_NOTE = `look-up: the service's query in the process of the bench, ${ORGANIZATIONS} organizations with ${TYPES.length} webhooks each, batches of ${EVENTS} events over ${BATCH_ORGANIZATIONS} of them, each event matched; medians of ${ROUNDS} rounds, in each of which all organizations change and are read again by ten batches, then ${UNCHANGED_A_ROUND} times as many find nothing changed, then SELECT 1 goes there and back. Where nothing has changed an event asks the database nothing: its batch asks once, for all its organizations, and gets no row. The limit is SELECT 1 divided by ${EVENTS}; in memory is the match alone`;

export async function measureLookUp(stage: BenchStage): Promise<Measurement[]> {
  const database = await stage.database();
  const { secretsKey } = stage;
  const seed = { organizations: ORGANIZATIONS, types: TYPES, secretsKey };
  const lookUp = await SubscribersLookUp.open(database.url, seed);
  try {
    const batches = batchesOf(lookUp.organizations);
    const changed: Timed = { micros: [], statements: 0, rows: 0 };
    const unchanged: Timed = { micros: [], statements: 0, rows: 0 };
    const roundTrips: number[] = [];
    // The first one warms up the compiler and the server, and is not counted.
    for (let round = 0; round <= ROUNDS; round += 1) {
      if (round === 1) for (const each of [changed, unchanged]) forget(each);
      if (round === 1) roundTrips.length = 0;
      await lookUp.changeAll();
      await timeBatches(lookUp, batches, changed);
      for (let index = 0; index < UNCHANGED_A_ROUND; index += 1) {
        await timeBatches(lookUp, batches, unchanged);
      }
      roundTrips.push(...(await timeRoundTrips(lookUp)));
    }
    verify(unchanged, 0);
    verify(changed, BATCH_ORGANIZATIONS * TYPES.length);
    const nanos = await matchNanos(lookUp, batches[0] ?? []);
    return measurementsOf(changed, unchanged, percentile(roundTrips, 0.5), nanos);
  } finally {
    await lookUp.close();
  }
}

/** As many as it takes for each organization to be in one of them. */
function batchesOf(organizations: readonly string[]): Event[][] {
  const producedAt = Date.now();
  return Array.from({ length: ORGANIZATIONS / BATCH_ORGANIZATIONS }, (_, batch) =>
    Array.from({ length: EVENTS }, (__, event) => ({
      organizationId:
        organizations[batch * BATCH_ORGANIZATIONS + (event % BATCH_ORGANIZATIONS)] ?? '',
      type: WEBHOOK_TYPES[event % WEBHOOK_TYPES.length] ?? 'order/created',
      producedAt,
    })),
  );
}

async function timeBatches(
  lookUp: SubscribersLookUp,
  batches: readonly Event[][],
  timed: Timed,
): Promise<void> {
  const { statements, rows } = lookUp;
  for (const batch of batches) {
    const startedAt = performance.now();
    const subscribers = await lookUp.query.execute(batch);
    let matches = 0;
    for (const { organizationId, type, producedAt } of batch) {
      matches += subscribers.of(organizationId, type, producedAt).length;
    }
    timed.micros.push((performance.now() - startedAt) * 1_000);
    assertMatches(matches, batch);
  }
  timed.statements += lookUp.statements - statements;
  timed.rows += lookUp.rows - rows;
}

async function timeRoundTrips(lookUp: SubscribersLookUp): Promise<number[]> {
  const micros: number[] = [];
  for (let index = 0; index < ROUND_TRIPS_A_ROUND; index += 1) {
    const startedAt = performance.now();
    await lookUp.roundTrip();
    micros.push((performance.now() - startedAt) * 1_000);
  }
  return micros;
}

/** By the median, too: a process that had to wait for a processor does not count. */
async function matchNanos(lookUp: SubscribersLookUp, batch: readonly Event[]): Promise<number> {
  const subscribers = await lookUp.query.execute(batch);
  const { statements } = lookUp;
  const nanos = Array.from({ length: MATCHED_BATCHES }, () => {
    let matches = 0;
    const startedAt = process.hrtime.bigint();
    for (const { organizationId, type, producedAt } of batch) {
      matches += subscribers.of(organizationId, type, producedAt).length;
    }
    const elapsed = process.hrtime.bigint() - startedAt;
    assertMatches(matches, batch);
    return Number(elapsed) / EVENTS;
  });
  if (lookUp.statements !== statements) throw new BenchFailedError('a match asked the database');
  return percentile(nanos, 0.5);
}

function assertMatches(matches: number, batch: readonly Event[]): void {
  const wanted = batch.reduce((sum, { type }) => sum + (TYPES.includes(type) ? 2 : 1), 0);
  if (matches !== wanted) {
    throw new BenchFailedError(`a batch has ${matches} subscribers instead of ${wanted}`);
  }
}

function verify({ micros, statements, rows }: Timed, rowsABatch: number): void {
  const batches = micros.length;
  if (statements === batches && rows === batches * rowsABatch) return;
  throw new BenchFailedError(
    `${batches} batches asked ${statements} times and got ${rows} rows instead of ${rowsABatch} each`,
  );
}

function forget(timed: Timed): void {
  timed.micros.length = 0;
  timed.statements = 0;
  timed.rows = 0;
}

function measurementsOf(
  changed: Timed,
  unchanged: Timed,
  roundTripMicros: number,
  matchedNanos: number,
): Measurement[] {
  const limit = { name: `µs, SELECT 1 by ${EVENTS}`, value: roundTripMicros / EVENTS };
  const of = (name: string, { micros, statements }: Timed): Measurement[] => {
    const batchMicros = percentile(micros, 0.5);
    const perEvent = statements / (micros.length * EVENTS);
    return [
      { name: `${name}: an event`, unit: 'µs', value: batchMicros / EVENTS, limit },
      { name: `${name}: a batch`, unit: '× SELECT 1', value: batchMicros / roundTripMicros },
      {
        name: `${name}: statements an event`,
        unit: '',
        value: perEvent,
        goal: { is: 'at most', value: 1 / EVENTS },
      },
    ];
  };
  return [
    ...of('look-up unchanged', unchanged),
    ...of('look-up changed', changed),
    { name: 'look-up in memory: an event', unit: 'ns', value: matchedNanos },
  ];
}
