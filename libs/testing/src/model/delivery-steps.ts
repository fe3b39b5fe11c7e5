import type { ModelTerms, Step, Violation } from './protocol-step.js';
import { withQueue, withWorker } from './protocol-step.js';
import type { ProtocolState, Queue, Run } from './protocol-state.js';

interface Here {
  readonly state: ProtocolState;
  readonly terms: ModelTerms;
  readonly worker: number;
  readonly queue: number;
  readonly of: Queue;
}

/** ⑤ and ⑥: claim, send, receive, settle, block, give up. */
export function deliverySteps(state: ProtocolState, terms: ModelTerms): Step[] {
  return state.workers.flatMap(({ isPaused, runs }, worker) =>
    isPaused
      ? []
      : state.queues.flatMap((of, queue) => {
          const here = { state, terms, worker, queue, of };
          const run = runs[queue];
          return run ? runSteps(here, run) : claims(here);
        }),
  );
}

function claims({ state, terms, worker, queue, of }: Here): Step[] {
  const { protections } = terms;
  const seesItOver = !protections.has('databaseClock') && state.workers[worker]?.isAhead;
  const isFree = !of.isLeased || !protections.has('lease') || seesItOver;
  const isKnown = of.isWoken || protections.has('sweeper');
  if (of.head > of.stored.length || !isFree || !isKnown) return [];
  const token = of.token + 1;
  // A probe goes alone.
  const upTo = of.isBlocked ? of.head : of.stored.length;
  const run = { token, first: of.head, at: of.head, upTo, phase: 'ready', isFresh: true } as const;
  const leased = withQueue(state, queue, { token, isLeased: true, isWoken: false });
  return [
    { action: { action: 'claim', worker, queue }, next: withRun(leased, worker, queue, run) },
  ];
}

function runSteps(here: Here, run: Run): Step[] {
  const { state, worker, queue } = here;
  switch (run.phase) {
    case 'ready':
      return [...sends(here, run), ...settles(here, run), ...givesUp(here, run)];
    case 'answered': {
      const next = withRun(state, worker, queue, { ...run, phase: 'ready', at: run.at + 1 });
      return [{ action: { action: 'receive', worker, queue }, next }];
    }
    case 'refused': {
      const next = withRun(state, worker, queue, { ...run, phase: 'failed' });
      return [{ action: { action: 'receive', worker, queue }, next }];
    }
    case 'failed':
      // What was delivered before is recorded first.
      return run.at > run.first ? settles(here, run) : [blocked(here, run)];
  }
}

function sends({ state, terms, worker, queue, of }: Here, run: Run): Step[] {
  const { protections, size } = terms;
  const isPassed = run.isFresh || !protections.has('leaseGuard');
  const isWithin = run.at - run.first <= size.ahead || !protections.has('aheadLimit');
  if (run.at > run.upTo || !isPassed || !isWithin) return [];
  const answers = state.left.refusals > 0 ? (['ok', 'refused'] as const) : (['ok'] as const);
  return answers.map((answer): Step => {
    const isOk = answer === 'ok';
    const isRepeat = of.answered.includes(run.at);
    const received = withQueue(state, queue, {
      answered: isOk && !isRepeat ? [...of.answered, run.at] : of.answered,
      repeats: of.repeats + +(isOk && isRepeat),
    });
    const { left } = state;
    const spent = isOk ? received : { ...received, left: { ...left, refusals: left.refusals - 1 } };
    const next = withRun(spent, worker, queue, { ...run, phase: isOk ? 'answered' : 'refused' });
    const violation = violationOf({ state, terms, worker, queue, of }, run.at);
    const action = { action: 'send', worker, queue, answer } as const;
    return { action, next, ...(violation && { violation }) };
  });
}

function violationOf({ state, terms, worker, queue, of }: Here, at: number): Violation | undefined {
  const isDone = (position: number): boolean =>
    of.answered.includes(position) || of.aside.includes(position);
  for (let before = 1; before < at; before += 1) if (!isDone(before)) return 'overtaken';
  const isOpen = state.workers.some(({ runs }, other) => {
    const run = other === worker ? undefined : runs[queue];
    const hasRequest = run?.phase === 'answered' || run?.phase === 'refused';
    // One that stood still beyond its lease has left its request open: only the receiver could prevent that.
    return hasRequest && run.isFresh;
  });
  if (isOpen) return 'two requests of a queue at once';
  if (!of.answered.includes(at)) return undefined;
  const faults = terms.size.budget.faults - state.left.faults;
  if (faults === 0) return 'repeated without a fault';
  const most = faults * (terms.size.ahead + 1);
  return of.repeats + 1 > most ? 'repeated more often than a fault may' : undefined;
}

/** Everything that was answered is recorded; the lease is given back at the end of what was handed out. */
function settles({ state, terms, worker, queue, of }: Here, run: Run): Step[] {
  if (run.at === run.first) return [];
  const action = { action: 'settle', worker, queue } as const;
  if (isFenced(terms, of, run)) return [{ action, next: withRun(state, worker, queue, null) }];
  const isOver = run.at > run.upTo && run.phase === 'ready';
  const recorded = withQueue(state, queue, {
    head: Math.max(of.head, run.at),
    isBlocked: false,
    isLeased: !isOver,
    isWoken: of.isWoken || (isOver && of.stored.length >= run.at),
  });
  const kept = isOver ? null : { ...run, first: run.at, isFresh: true };
  return [{ action, next: withRun(recorded, worker, queue, kept) }];
}

function blocked({ state, terms, worker, queue, of }: Here, run: Run): Step {
  const action = { action: 'block', worker, queue } as const;
  const ended = withRun(state, worker, queue, null);
  if (isFenced(terms, of, run)) return { action, next: ended };
  // Its next probe is found by its time, as by a wake-up.
  return {
    action,
    next: withQueue(ended, queue, { isBlocked: true, isLeased: false, isWoken: true }),
  };
}

/** A run whose lease does not last sends nothing any more. */
function givesUp({ state, worker, queue, of }: Here, run: Run): Step[] {
  if (run.isFresh || run.at !== run.first) return [];
  const ended = withRun(state, worker, queue, null);
  const next = run.token === of.token ? withQueue(ended, queue, { isLeased: false }) : ended;
  return [{ action: { action: 'giveUp', worker, queue }, next }];
}

const isFenced = ({ protections }: ModelTerms, of: Queue, run: Run): boolean =>
  protections.has('fencing') && run.token !== of.token;

function withRun(
  state: ProtocolState,
  worker: number,
  queue: number,
  run: Run | null,
): ProtocolState {
  const runs =
    state.workers[worker]?.runs.map((each, index) => (index === queue ? run : each)) ?? [];
  return withWorker(state, worker, { runs });
}
