import type { ProtocolAction } from './protocol-actions.js';
import type { Protections } from './protections.js';
import type { ProtocolSize, ProtocolState, Queue, Worker } from './protocol-state.js';

/** Promises that a state can break. */
export type Violation =
  | 'offset committed past a record that is not stored'
  | 'two messages at one position'
  | 'a record stored under two ids'
  | 'overtaken'
  | 'two requests of a queue at once'
  | 'repeated without a fault'
  | 'repeated more often than a fault may'
  | 'stuck: something waits, and nothing can be done';

/** An action that is possible in a state, and what comes of it. */
export interface Step {
  readonly action: ProtocolAction;
  readonly next: ProtocolState;
  /** Broken by this very step. */
  readonly violation?: Violation;
}

export interface ModelTerms {
  readonly size: ProtocolSize;
  readonly protections: Protections;
}

/** With a part replaced; `at` is a worker. */
export function withWorker(
  state: ProtocolState,
  at: number,
  change: Partial<Worker>,
): ProtocolState {
  const workers = state.workers.map((worker, index) =>
    index === at ? { ...worker, ...change } : worker,
  );
  return { ...state, workers };
}

export function withQueue(state: ProtocolState, at: number, change: Partial<Queue>): ProtocolState {
  const queues = state.queues.map((queue, index) =>
    index === at ? { ...queue, ...change } : queue,
  );
  return { ...state, queues };
}
