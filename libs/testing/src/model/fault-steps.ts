import type { ModelTerms, Step } from './protocol-step.js';
import { withQueue, withWorker } from './protocol-step.js';
import type { ProtocolState } from './protocol-state.js';

/** What operators, time and trouble do. */
export function faultSteps(state: ProtocolState, terms: ModelTerms): Step[] {
  return [
    ...state.queues.flatMap((_queue, queue) => [...expiry(state, queue), ...skip(state, queue)]),
    ...state.workers.flatMap((_worker, worker) => trouble(state, terms, worker)),
    ...(state.left.faults > 0 ? redeliveries(state, terms) : []),
  ];
}

/** A lease runs out only where its holder is gone or stands still: a request fits into it, says the guard. */
function expiry(state: ProtocolState, queue: number): Step[] {
  const { isLeased = false, token } = state.queues[queue] ?? {};
  const holder = state.workers.find(({ runs }) => runs[queue]?.token === token);
  if (!isLeased || (holder && !holder.isPaused)) return [];
  const over = withQueue(state, queue, { isLeased: false });
  const workers = over.workers.map((worker) =>
    worker === holder
      ? {
          ...worker,
          runs: worker.runs.map((run, at) =>
            at === queue && run ? { ...run, isFresh: false } : run,
          ),
        }
      : worker,
  );
  return [{ action: { action: 'expireLease', queue }, next: { ...over, workers } }];
}

function skip(state: ProtocolState, queue: number): Step[] {
  const of = state.queues[queue];
  if (!of || state.left.skips === 0 || of.isLeased || of.head > of.stored.length) return [];
  const next = withQueue(state, queue, {
    head: of.head + 1,
    isBlocked: false,
    isWoken: true,
    token: of.token + 1,
    aside: [...of.aside, of.head],
  });
  const left = { ...state.left, skips: state.left.skips - 1 };
  return [{ action: { action: 'skip', queue }, next: { ...next, left } }];
}

export function trouble(state: ProtocolState, { protections }: ModelTerms, worker: number): Step[] {
  const of = state.workers[worker];
  if (!of) return [];
  if (of.isPaused) {
    return [
      {
        action: { action: 'resume', worker },
        next: withWorker(state, worker, { isPaused: false }),
      },
    ];
  }
  if (state.left.faults === 0) return [];
  const spent = { ...state, left: { ...state.left, faults: state.left.faults - 1 } };
  const steps: Step[] = [];
  const isBusy = of.ingest !== null || of.runs.some((run) => run !== null);
  if (isBusy) {
    const runs = of.runs.map(() => null);
    const crashed = withWorker(spent, worker, { ingest: null, runs, isAhead: false });
    const paused = withWorker(spent, worker, { isPaused: true });
    steps.push({ action: { action: 'crash', worker }, next: crashed });
    steps.push({ action: { action: 'pause', worker }, next: paused });
  }
  // Nobody looks at it otherwise.
  if (!of.isAhead && !protections.has('databaseClock')) {
    steps.push({
      action: { action: 'skew', worker },
      next: withWorker(spent, worker, { isAhead: true }),
    });
  }
  return steps;
}

function redeliveries(state: ProtocolState, { size }: ModelTerms): Step[] {
  return size.partitions.flatMap((_partition, partition): Step[] => {
    if (state.committed[partition] === 0) return [];
    const committed = state.committed.map((offset, index) => (index === partition ? 0 : offset));
    const left = { ...state.left, faults: state.left.faults - 1 };
    return [{ action: { action: 'redeliver', partition }, next: { ...state, committed, left } }];
  });
}
