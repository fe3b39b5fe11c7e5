import type { BenchStage } from '../bench-stage.js';
import { filledQueues } from './filled-queues.js';
import { residentOf } from './resident.js';
import type { Measurement, Scenario } from './scenario.js';

const QUEUES = 10_000;
const BLOCKED = 1_000;
const MEASURE_S = 15;
const SMALL_EACH = 10;
const LARGE_EACH = 100;

interface Drained {
  readonly perSecond: number;
  readonly claimMs: number;
  readonly resident: readonly Measurement[];
}

export const BACKLOG: Scenario = {
  name: 'backlog',
  about: `${(QUEUES * LARGE_EACH) / 1e6} million messages over ${QUEUES} queues, ${BLOCKED} of them blocked`,
  note: `first with ${SMALL_EACH} messages a queue, then with ${LARGE_EACH}; both watched for ${MEASURE_S} s from 3 s after the first delivery on. The cost of a claim is the mean of the statement, by pg_stat_statements`,
  once: true,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const small = await drain(stage, SMALL_EACH);
    const large = await drain(stage, LARGE_EACH);
    const limit = { name: 'small backlog/s', value: small.perSecond };
    return [
      { name: 'delivered', unit: '/s', value: large.perSecond, limit },
      {
        name: 'large to small',
        unit: '',
        value: large.perSecond / small.perSecond,
        goal: { is: 'at least', value: 0.9 },
      },
      { name: 'a claim, small', unit: 'ms', value: small.claimMs },
      { name: 'a claim, large', unit: 'ms', value: large.claimMs },
      ...large.resident,
    ];
  },
};

async function drain(stage: BenchStage, messagesEach: number): Promise<Drained> {
  const database = await filledQueues(stage, { queues: QUEUES, messagesEach, blocked: BLOCKED });
  await database.counters();
  const service = await stage.service(database);
  const perSecond = await stage.receiver.rate(MEASURE_S, 3);
  const { calls, totalMs } = await database.statementTimes('claim_queues');
  const resident = residentOf(service);
  await service.stop();
  await stage.strike();
  return { perSecond, claimMs: totalMs / calls, resident };
}
