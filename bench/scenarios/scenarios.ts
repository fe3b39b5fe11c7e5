import { drainScenario } from './drain.js';
import { LATENCY } from './latency.js';
import { MEMORY } from './memory.js';
import { PROBES } from './probes.js';
import { RAW } from './raw.js';
import type { Scenario } from './scenario.js';
import { SUBSCRIPTIONS } from './subscriptions.js';

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  RAW,
  drainScenario({ queues: 100, share: 1, goal: { is: 'at least', value: 0.1 } }),
  drainScenario({ queues: 1, share: 0.04 }),
  LATENCY,
  PROBES,
  MEMORY,
  SUBSCRIPTIONS,
];
