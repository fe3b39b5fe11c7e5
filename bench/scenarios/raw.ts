import { rawRate } from '../load/raw-rate.js';
import type { BenchStage } from '../bench-stage.js';
import type { Measurement, Scenario } from './scenario.js';

/** Concurrency of the raw rate beside 100 queues: each has one request in flight at most. */
const CONCURRENCY = 100;

export const RAW: Scenario = {
  name: 'raw',
  about: `what undici alone posts to the receiver, ${CONCURRENCY} at a time`,
  note: 'undici.request over a Pool from a process of its own, 1 s of warm-up, then 3 s; the body is as large as an envelope, signed once',
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    await stage.receiver.reset();
    const { perSecond, cpuMicros } = await rawRate(stage.receiver.url, CONCURRENCY);
    const { cpuMicros: receiverMicros, requests } = await stage.receiver.report();
    return [
      { name: 'raw POSTs', unit: '/s', value: perSecond },
      { name: "undici's CPU a POST", unit: 'µs', value: cpuMicros },
      {
        name: "receiver's CPU a request",
        unit: 'µs',
        value: receiverMicros / requests,
        goal: { is: 'at most', value: 15 },
      },
    ];
  },
};
