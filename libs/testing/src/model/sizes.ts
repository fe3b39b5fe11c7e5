import type { Protection } from './protections.js';
import { FULL_SIZE, type ProtocolSize } from './protocol-state.js';

const NO_BUDGET = { faults: 0, refusals: 0, skips: 0 };

const ofOneQueue = (records: number, budget: Partial<ProtocolSize['budget']>): ProtocolSize => ({
  ...FULL_SIZE,
  queues: 1,
  partitions: [{ queue: 0, records }],
  budget: { ...NO_BUDGET, ...budget },
});

/** Small enough to be looked at whole, and large enough for what each is named after; some 10 s together. */
export const SIZES: Readonly<Record<string, ProtocolSize>> = {
  'two faults, a refusal and a skip': ofOneQueue(2, { faults: 2, refusals: 1, skips: 1 }),
  'two workers and a longer run': {
    ...ofOneQueue(3, { faults: 1, refusals: 1, skips: 1 }),
    workers: 2,
  },
  'two faults between two queues': {
    ...FULL_SIZE,
    partitions: [
      { queue: 0, records: 1 },
      { queue: 1, records: 1 },
    ],
    budget: { ...NO_BUDGET, faults: 2 },
  },
  'three workers, two queues, four messages, a fault': {
    ...FULL_SIZE,
    budget: { ...NO_BUDGET, faults: 1 },
  },
};

/** Takes 20 s more. */
export const LARGER_SIZES: Readonly<Record<string, ProtocolSize>> = {
  'three workers, two queues, four messages, a fault and a skip': {
    ...FULL_SIZE,
    budget: { ...NO_BUDGET, faults: 1, skips: 1 },
  },
};

/** Two partitions that feed one queue, as two topics do. */
const TWO_PARTITIONS: ProtocolSize = {
  ...ofOneQueue(1, { faults: 1 }),
  partitions: [
    { queue: 0, records: 1 },
    { queue: 0, records: 1 },
  ],
};

/** Where the absence of a protection shows first. */
export function sizeWithout(protection: Protection): ProtocolSize {
  return protection === 'aheadLimit'
    ? { ...ofOneQueue(3, { faults: 1 }), workers: 1 }
    : TWO_PARTITIONS;
}
