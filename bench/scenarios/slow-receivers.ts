import type { BenchStage } from '../bench-stage.js';
import { drained } from './drain.js';
import { filledQueues } from './filled-queues.js';
import type { Measurement, Scenario } from './scenario.js';

const QUEUES = 1_000;
const MESSAGES_EACH = 200;
const MEASURE_S = 15;

/** Every queue may be at work: requests in flight are limited by configuration, not by design. */
const SLOTS = { DELIVERY_CONCURRENCY: '1000', DELIVERY_CONCURRENCY_PER_ORIGIN: '1000' };

export function slowReceiversScenario(delayMs: number): Scenario {
  return {
    name: `slow-${delayMs}ms`,
    about: `${QUEUES} queues whose receivers answer after ${delayMs} ms, ${QUEUES} slots`,
    note: `the limit is the smaller of slots/delay and a drain of ${QUEUES} queues in the same run; ${MESSAGES_EACH} messages a queue wait, and the receiver is watched for ${MEASURE_S} s from 3 s after its first delivery on`,
    run: (stage) => slowReceivers(stage, delayMs),
  };
}

async function slowReceivers(stage: BenchStage, delayMs: number): Promise<Measurement[]> {
  const drain = await drained(stage, { organizations: QUEUES, fanOut: 1, share: 0.4 });
  await stage.strike();
  const filling = { queues: QUEUES, messagesEach: MESSAGES_EACH, delayMs };
  const database = await filledQueues(stage, filling);
  const service = await stage.service(database, SLOTS);
  const perSecond = await stage.receiver.rate(MEASURE_S, 3);
  await service.stop();
  const possible = Math.min(drain.perSecond, (QUEUES * 1_000) / delayMs);
  return [
    { name: 'delivered', unit: '/s', value: perSecond },
    {
      name: 'of what is possible',
      unit: '',
      value: perSecond / possible,
      limit: { name: 'possible/s', value: possible },
      goal: { is: 'at least', value: 0.85 },
    },
  ];
}
