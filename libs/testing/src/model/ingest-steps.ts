import type { ModelTerms, Step, Violation } from './protocol-step.js';
import { withQueue, withWorker } from './protocol-step.js';
import type { Ingest, ProtocolState } from './protocol-state.js';

/** One number for a record, and another one for each further id that it gets. */
const RECORD_IDS = 10;

export const idOf = ({ partition, record }: Ingest): number => partition * RECORD_IDS + record;
const ANOTHER_ID = 100;

/** ① to ④: read, enqueue, commit the offset, wake. */
export function ingestSteps(state: ProtocolState, terms: ModelTerms): Step[] {
  return state.workers.flatMap(({ isPaused, ingest }, worker) => {
    if (isPaused) return [];
    return ingest ? stepsWith(state, terms, worker, ingest) : reads(state, terms, worker);
  });
}

function reads(state: ProtocolState, { size }: ModelTerms, worker: number): Step[] {
  return size.partitions.flatMap(({ records }, partition): Step[] => {
    const record = (state.committed[partition] ?? 0) + 1;
    // A partition belongs to one worker at a time; one that stands still is put out of its group.
    const isTaken = state.workers.some(
      ({ isPaused, ingest }) => !isPaused && ingest?.partition === partition,
    );
    if (record > records || isTaken) return [];
    const ingest = { partition, record, position: 0, isStored: false, isCommitted: false };
    return [
      {
        action: { action: 'read', worker, partition },
        next: withWorker(state, worker, { ingest }),
      },
    ];
  });
}

function stepsWith(
  state: ProtocolState,
  terms: ModelTerms,
  worker: number,
  ingest: Ingest,
): Step[] {
  const steps: Step[] = [];
  const { protections } = terms;
  const hasLock = protections.has('rowLock');
  if (!ingest.isStored && !hasLock && ingest.position === 0) {
    steps.push(numbered(state, terms, worker, ingest));
  }
  if (!ingest.isStored && (hasLock || ingest.position > 0)) {
    steps.push(enqueued(state, terms, worker, ingest));
  }
  const mayCommit = ingest.isStored || !protections.has('commitBeforeOffset');
  if (mayCommit && !ingest.isCommitted) steps.push(committed(state, terms, worker, ingest));
  // The wake-up comes behind the commit of the store; what is left undone then is done with.
  if (ingest.isStored && ingest.isCommitted) steps.push(woken(state, terms, worker, ingest));
  return steps;
}

const queueOf = ({ size }: ModelTerms, { partition }: Ingest): number =>
  size.partitions[partition]?.queue ?? 0;

function numbered(state: ProtocolState, terms: ModelTerms, worker: number, ingest: Ingest): Step {
  const { stored = [] } = state.queues[queueOf(terms, ingest)] ?? {};
  const next = withWorker(state, worker, { ingest: { ...ingest, position: stored.length + 1 } });
  return { action: { action: 'number', worker }, next };
}

function enqueued(state: ProtocolState, terms: ModelTerms, worker: number, ingest: Ingest): Step {
  const at = queueOf(terms, ingest);
  const { stored = [] } = state.queues[at] ?? {};
  const action = { action: 'enqueue', worker } as const;
  const done = withWorker(state, worker, { ingest: { ...ingest, isStored: true } });
  const isKnown = stored.some((id) => id % ANOTHER_ID === idOf(ingest));
  if (isKnown && terms.protections.has('messageIds')) return { action, next: done };
  const id = isKnown ? idOf(ingest) + ANOTHER_ID : idOf(ingest);
  const next = withQueue(done, at, { stored: [...stored, id] });
  if (isKnown) return { action, next, violation: 'a record stored under two ids' };
  return ingest.position > 0 && ingest.position !== stored.length + 1
    ? { action, next, violation: 'two messages at one position' }
    : { action, next };
}

function committed(state: ProtocolState, terms: ModelTerms, worker: number, ingest: Ingest): Step {
  const { partition, record } = ingest;
  const offsets = state.committed.map((offset, index) =>
    index === partition ? Math.max(offset, record) : offset,
  );
  // Nobody needs to be told where the sweeper finds what is stored.
  const isOver = terms.protections.has('sweeper') && ingest.isStored;
  const next = withWorker({ ...state, committed: offsets }, worker, {
    ingest: isOver ? null : { ...ingest, isCommitted: true },
  });
  const { stored = [] } = state.queues[queueOf(terms, ingest)] ?? {};
  const isStored = stored.some((id) => id % ANOTHER_ID === idOf(ingest));
  const violation: Violation = 'offset committed past a record that is not stored';
  return { action: { action: 'commitOffset', worker }, next, ...(isStored ? {} : { violation }) };
}

function woken(state: ProtocolState, terms: ModelTerms, worker: number, ingest: Ingest): Step {
  const next = withQueue(withWorker(state, worker, { ingest: null }), queueOf(terms, ingest), {
    isWoken: true,
  });
  return { action: { action: 'wake', worker }, next };
}
