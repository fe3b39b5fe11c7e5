import { BACKLOG } from './backlog.js';
import { drainScenario } from './drain.js';
import { hangingScenario } from './hanging.js';
import { IDLE } from './idle.js';
import { INGEST } from './ingest.js';
import { LADDER } from './ladder.js';
import { LATENCY, LATENCY_HALF } from './latency.js';
import { MEMORY } from './memory.js';
import { PARTS } from './parts.js';
import { PROBES } from './probes.js';
import { PROCESSES_SCENARIO } from './processes.js';
import { RAW } from './raw.js';
import type { Goal, Scenario } from './scenario.js';
import { SINGLE_SLOW } from './single-queue.js';
import { slowReceiversScenario } from './slow-receivers.js';
import { SOAK } from './soak.js';
import { SUBSCRIPTIONS } from './subscriptions.js';

const atLeast = (value: number): Goal => ({ is: 'at least', value });

/** A single queue gets fewer records: the others show what a machine can do. */
const DRAINS = [
  { name: 'drain-1000', organizations: 1_000, fanOut: 1, share: 1, ofRaw: atLeast(0.35) },
  { name: 'drain-100', organizations: 100, fanOut: 1, share: 1, ofRaw: atLeast(0.35) },
  { name: 'drain-10', organizations: 10, fanOut: 1, share: 1, ofRaw: atLeast(0.28) },
  { name: 'drain-1', organizations: 1, fanOut: 1, share: 0.2, perSecond: atLeast(1_000) },
  { name: 'fan-out-10', organizations: 100, fanOut: 10, share: 0.1, ofRaw: atLeast(0.45) },
];

/** Short ones whose ratios say something. */
export const SMOKE: readonly Scenario[] = [
  drainScenario({ name: 'drain-100', organizations: 100, fanOut: 1, share: 1 }),
  SINGLE_SLOW,
];

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  RAW,
  ...DRAINS.map(drainScenario),
  PARTS,
  INGEST,
  SINGLE_SLOW,
  slowReceiversScenario(50),
  slowReceiversScenario(250),
  LATENCY,
  LATENCY_HALF,
  LADDER,
  hangingScenario({
    name: 'hang-1',
    about: '1 of 100 receivers never answers',
    organizations: 100,
    integrationsEach: 1,
    hanging: 1,
  }),
  hangingScenario({
    name: 'hang-10',
    about: '10 of 100 receivers never answer',
    organizations: 100,
    integrationsEach: 1,
    hanging: 10,
  }),
  hangingScenario({
    name: 'hang-organization',
    about: '1 of the 10 integrations of one organization never answers',
    organizations: 1,
    integrationsEach: 10,
    hanging: 1,
  }),
  hangingScenario({
    name: 'hostile',
    about: '20 of 100 receivers attack, each in another way',
    organizations: 100,
    integrationsEach: 1,
    hanging: 20,
    isHostile: true,
  }),
  PROBES,
  BACKLOG,
  IDLE,
  PROCESSES_SCENARIO,
  MEMORY,
  SOAK,
  SUBSCRIPTIONS,
];
