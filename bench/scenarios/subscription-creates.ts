import { BenchFailedError } from '../bench.errors.js';
import type { BenchDatabase } from '../bench-database.store.js';
import type { BenchStage } from '../bench-stage.js';
import { ForkedProgram } from '../forked-program.js';
import type { ApiLoadAnswer, ApiLoadQuestion } from '../load/api-load.js';
import { commitRate, type CommitRate } from '../load/commit-rate.store.js';
import { creationsOf, WEBHOOKS_PER_INTEGRATION } from '../load/creations.js';
import { percentile } from '../report/percentile.js';
import type { Measurement } from './scenario.js';

const IN_FLIGHT = 32;
const WARM_UP = 500;
const COUNTED = 5_000;
const COUNTED_LIMIT_MS = 30_000;
const PER_SECOND = 20;
const LOW_LOAD = 15 * PER_SECOND;
const INTEGRATIONS = Math.ceil((WARM_UP + COUNTED + LOW_LOAD) / WEBHOOKS_PER_INTEGRATION);
const COMMITS_MS = 3_000;
const ANSWER_LIMIT_MS = 90_000;

export const CREATES_NOTE = `creates: integrationWebhookCreate over HTTP by ${INTEGRATIONS} integrations, ${IN_FLIGHT} requests in flight on as many connections, from a process of its own; ${WARM_UP} to warm up, then ${COUNTED} or ${COUNTED_LIMIT_MS / 1_000} s; then ${LOW_LOAD} at even distances, ${PER_SECOND} a second. Every answered webhook is there in the end, and no other. The commits are rows inserted one by one into a bare table, as many in flight over as many connections as the API has, measured right before and right after (the mean); a commit alone is the median of those with one in flight`;

interface Loads {
  readonly full: ApiLoadAnswer;
  readonly low: ApiLoadAnswer;
  readonly cpuMicros: number | undefined;
}

export async function measureCreates(stage: BenchStage): Promise<Measurement[]> {
  const database = await stage.database();
  const { secretsKey, poolSize } = stage;
  const scopes = ['edit_integrations'];
  const installations = await database.installations(INTEGRATIONS, scopes, secretsKey);
  const commits = (inFlight: number): Promise<CommitRate> =>
    commitRate({ url: database.url, connections: poolSize, inFlight, measureMs: COMMITS_MS });
  const alone = await commits(1);
  const before = await commits(IN_FLIGHT);
  const loads = await load(
    stage,
    database,
    installations.map(({ token }) => token),
  );
  const after = await commits(IN_FLIGHT);
  const commitsPerSecond = (before.perSecond + after.perSecond) / 2;
  return measurementsOf(loads, commitsPerSecond, percentile(alone.latencies, 0.5));
}

/** The API is fresh when it starts and has ended when this resolves. */
async function load(
  stage: BenchStage,
  database: BenchDatabase,
  tokens: readonly string[],
): Promise<Loads> {
  const api = await stage.api(database);
  const program = new ForkedProgram<ApiLoadQuestion, ApiLoadAnswer>('load/api-load.js');
  const creations = creationsOf(tokens);
  const ids: string[] = [];
  const create = async (count: number, perSecond?: number): Promise<ApiLoadAnswer> => {
    const answer = await program.ask(
      {
        url: api.url(),
        endPoint: stage.receiver.url,
        creations: creations.splice(0, count),
        inFlight: IN_FLIGHT,
        ...(perSecond !== undefined && { perSecond }),
        limitMs: COUNTED_LIMIT_MS,
      },
      ANSWER_LIMIT_MS,
    );
    if (answer.refused !== undefined) throw new BenchFailedError(`a create: ${answer.refused}`);
    ids.push(...answer.ids);
    return answer;
  };
  try {
    await create(WARM_UP);
    const cpuBefore = api.cpuMicros();
    const full = await create(COUNTED);
    const cpuAfter = api.cpuMicros();
    const low = await create(LOW_LOAD, PER_SECOND);
    await api.stop();
    await verify(database, ids);
    const isKnown = cpuBefore !== undefined && cpuAfter !== undefined;
    return { full, low, cpuMicros: isKnown ? cpuAfter - cpuBefore : undefined };
  } finally {
    await program.stop();
  }
}

async function verify(database: BenchDatabase, ids: readonly string[]): Promise<void> {
  const answered = new Set(ids).size;
  const { stored, expected } = await database.storedWebhooks(ids);
  if (answered !== ids.length || stored !== answered || expected !== answered) {
    throw new BenchFailedError(
      `${ids.length} webhooks were answered, ${answered} different ones; ` +
        `${expected} of them are stored, ${stored} in all`,
    );
  }
}

function measurementsOf(
  { full, low, cpuMicros }: Loads,
  commitsPerSecond: number,
  commitMs: number,
): Measurement[] {
  const created = full.ids.length;
  const perSecond = (created / full.elapsedMs) * 1_000;
  const atLowLoad = (share: number): number => percentile(low.latencies, share);
  const commits = { name: 'commits/s', value: commitsPerSecond };
  const commit = { name: 'ms a commit alone', value: commitMs };
  return [
    { name: 'created', unit: '/s', value: perSecond, limit: commits },
    { name: 'of the commits', unit: '', value: perSecond / commitsPerSecond },
    ...(cpuMicros === undefined
      ? []
      : [{ name: "API's CPU a create", unit: 'µs', value: cpuMicros / created }]),
    { name: `create at ${PER_SECOND}/s, p50`, unit: 'ms', value: atLowLoad(0.5), limit: commit },
    { name: `create at ${PER_SECOND}/s, p99`, unit: 'ms', value: atLowLoad(0.99), limit: commit },
    { name: 'of a commit alone, p50', unit: '×', value: atLowLoad(0.5) / commitMs },
  ];
}
