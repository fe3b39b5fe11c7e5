import { setTimeout as delay } from 'node:timers/promises';
import {
  readServiceTables,
  verifyRun,
  type Fault,
  type FaultEffect,
  type VerifierInput,
  type VerifierOptions,
  type VerifierReport,
  Random,
} from '@app/testing';
import { FAULT_ACTIONS } from '../faults/fault-actions.js';
import { FAULT_NAMES, faultKind, type FaultName } from '../schedule/fault-kinds.js';
import { scheduleOf, type PlannedFault } from '../schedule/schedule.js';
import { Stage } from '../world/stage.js';
import { ResourceWatch, type ResourceTrend } from './resource-watch.js';
import { ResourceLocks } from './resource-locks.js';

export interface ChaosOptions {
  readonly seed: string;
  /** How long faults come; the end, until everything is at rest, takes as long as it takes. */
  readonly minutes: number;
  readonly replicas: number;
  readonly queues: number;
  /** Records a second. */
  readonly rate: number;
  readonly kinds: readonly FaultName[];
}

export interface ChaosResult {
  readonly input: VerifierInput;
  /** When the faults began, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly report: VerifierReport;
  /** None of a short run. */
  readonly trends: readonly ResourceTrend[];
  /** What every replica printed, by its name. */
  readonly logs: ReadonlyMap<string, string>;
}

/** Until everything is delivered once nothing is done any more; leases and probes need seconds of it. */
const REST_LIMIT_MS = 120_000;
const REST_STEP_MS = 250;

/** Between a fault and what comes of it: a busy machine, a lease of 8 s that has to run out. */
const MARGIN_MS = 3_000;

/** `DELIVERY_AHEAD` + 1. */
const DUPLICATES_PER_FAULT = 9;

/** One run: load and faults, then peace, then the verdict. Leaves nothing behind. */
export async function runChaos(
  options: ChaosOptions,
  tell: (text: string) => void,
): Promise<ChaosResult> {
  const stage = await Stage.open({ ...options, tell });
  const watch = new ResourceWatch(stage);
  try {
    const startedAt = Date.now();
    const faults = await cause(stage, options, tell);
    tell('no more faults: everything has to come to rest');
    await comeToRest(stage, options.replicas, tell);
    return { ...(await judge(stage, faults, startedAt)), trends: watch.trends() };
  } finally {
    watch.stop();
    await stage.close();
  }
}

async function cause(
  stage: Stage,
  { seed, minutes, kinds }: ChaosOptions,
  tell: (text: string) => void,
): Promise<Fault[]> {
  const durationMs = minutes * 60_000;
  const locks = new ResourceLocks();
  const faults: Fault[] = [];
  const begin = performance.now();
  const one = async (planned: PlannedFault): Promise<void> => {
    await delay(planned.at - (performance.now() - begin));
    await locks.run(faultKind(planned.kind), async () => {
      // It waited for others until the time was over.
      if (performance.now() - begin > durationMs) return;
      const from = Date.now();
      const random = new Random(planned.seed);
      const context = { stage, forMs: planned.forMs, random };
      // One that cannot be done, or undone, is told, and the run goes on: the verdict counts.
      const done = await FAULT_ACTIONS[planned.kind](context).catch((error: unknown) => ({
        detail: `could not be done: ${String(error)}`,
      }));
      const to = Date.now();
      faults.push({ kind: planned.kind, from, to, ...done });
      const second = ((performance.now() - begin - (to - from)) / 1000).toFixed(1);
      tell(`${second.padStart(6)} s  ${planned.kind}: ${done.detail} (${to - from} ms)`);
    });
  };
  const peace = delay(durationMs);
  await Promise.all(scheduleOf({ seed, durationMs, kinds }).map(one));
  await peace;
  return faults;
}

async function comeToRest(
  stage: Stage,
  replicas: number,
  tell: (text: string) => void,
): Promise<void> {
  await stage.load.pause();
  while (stage.fleet.able.length < replicas) await stage.fleet.launch();
  const deadline = performance.now() + REST_LIMIT_MS;
  for (;;) {
    // Servers that have just come back may not answer yet: then it is not known, hence not at rest.
    const lag = await stage.lag().catch(() => NaN);
    const busy = await stage.busyQueues().catch(() => NaN);
    if (lag === 0 && busy === 0) return;
    if (performance.now() > deadline) {
      tell(`after ${REST_LIMIT_MS} ms: ${lag} records unread, ${busy} queues busy`);
      return;
    }
    await delay(REST_STEP_MS);
  }
}

async function judge(
  stage: Stage,
  faults: Fault[],
  startedAt: number,
): Promise<Omit<ChaosResult, 'trends'>> {
  stage.collect();
  const session = await stage.deployment.database.connect('webhooks-chaos');
  const { topicPrefix } = stage.deployment;
  const tables = await readServiceTables(session, { topicPrefix });
  const input: VerifierInput = {
    produced: stage.load.produced,
    uncertain: stage.load.uncertain,
    subscriptions: stage.subscribers.subscriptions,
    received: stage.received,
    tables,
    faults,
    notes: stage.notes,
  };
  const options: VerifierOptions = {
    isAtRest: true,
    marginMs: MARGIN_MS,
    duplicatesPerFault: DUPLICATES_PER_FAULT,
    effects: effects(),
  };
  const logs = new Map(stage.fleet.all.map(({ name, service }) => [name, service.log.text]));
  return { input, startedAt, report: verifyRun(input, options), logs };
}

function effects(): Record<string, FaultEffect> {
  return Object.fromEntries(
    FAULT_NAMES.map((name) => {
      const { repeats = false, overlaps = false } = faultKind(name);
      return [name, { repeats, overlaps }];
    }),
  );
}
