import { rawRate } from '../load/raw-rate.js';
import type { BenchStage } from '../bench-stage.js';
import { filledQueues } from './filled-queues.js';
import type { Measurement, Scenario } from './scenario.js';

const DELAY_MS = 5;
const MEASURE_S = 10;

/** How many messages wait: more than a receiver of 5 ms can take in the time. */
const MESSAGES = (MEASURE_S + 5) * (1_000 / DELAY_MS);

export const SINGLE_SLOW: Scenario = {
  name: 'single-5ms',
  about: `one queue whose receiver answers after ${DELAY_MS} ms`,
  note: `beside requests of undici one after the other on one connection to the same receiver, measured right before; the service has ${MESSAGES} messages waiting and is watched for ${MEASURE_S} s from its first delivery on`,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    await stage.receiver.reset('accept', DELAY_MS);
    const { perSecond: sequential } = await rawRate(stage.receiver.url, 1);
    const filling = { queues: 1, messagesEach: MESSAGES, delayMs: DELAY_MS };
    const database = await filledQueues(stage, filling);
    const service = await stage.service(database);
    const perSecond = await stage.receiver.rate(MEASURE_S);
    await service.stop();
    return [
      { name: 'delivered', unit: '/s', value: perSecond },
      {
        name: 'of sequential POSTs',
        unit: '',
        value: perSecond / sequential,
        limit: { name: 'sequential POSTs/s', value: sequential },
        goal: { is: 'at least', value: 0.85 },
      },
    ];
  },
};
