import { deliverySteps } from './delivery-steps.js';
import { faultSteps, trouble } from './fault-steps.js';
import { ingestSteps } from './ingest-steps.js';
import { ALL_PROTECTIONS } from './protections.js';
import type { ActionName } from './protocol-actions.js';
import type { ProtocolState } from './protocol-state.js';
import type { ModelTerms, Step } from './protocol-step.js';

/**
 * Everything that can happen next. Where a worker has a step to do that nobody else can see or prevent (to read an answer,
 * to store what it read, to commit the offset behind it), that step comes first, and with it what can happen to the worker: in any
 * other order it would come to the same, and there are a hundred times fewer states (a partial-order reduction).
 * Not where a protection is missing: others may see everything then.
 */
export function stepsOf(state: ProtocolState, terms: ModelTerms): Step[] {
  const hurry = terms.protections === ALL_PROTECTIONS ? hurryOf(state) : -1;
  if (hurry >= 0) {
    const own = [...ingestSteps(state, terms), ...deliverySteps(state, terms)].filter(
      ({ action }) => 'worker' in action && action.worker === hurry && HURRIED.has(action.action),
    );
    return [...own, ...trouble(state, terms, hurry)];
  }
  return [
    ...ingestSteps(state, terms),
    ...deliverySteps(state, terms),
    ...faultSteps(state, terms),
  ];
}

const HURRIED: ReadonlySet<ActionName> = new Set(['receive', 'enqueue', 'commitOffset']);

/** A worker that has such a step to do; -1: none. */
function hurryOf({ workers }: ProtocolState): number {
  return workers.findIndex(
    ({ isPaused, ingest, runs }) =>
      !isPaused &&
      (ingest !== null ||
        runs.some((run) => run?.phase === 'answered' || run?.phase === 'refused')),
  );
}

/** True where everything is delivered or set aside, and everything that was produced is stored. */
export function isDone(state: ProtocolState, { size }: ModelTerms): boolean {
  const committed = size.partitions.every(
    ({ records }, index) => state.committed[index] === records,
  );
  return committed && state.queues.every(({ head, stored }) => head > stored.length);
}
