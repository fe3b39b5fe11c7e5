import type { Fault, FaultEffect } from './fault.js';
import type { OperatorRepeat } from './operator-repeat.js';
import type { ProducedRecord, UncertainRecord } from './produced-record.js';
import type { ReceivedRecord } from './received-record.js';
import type { ServiceTables } from './service-tables.js';
import type { Subscription } from './subscription.js';

/** Three independent records of a run (producer, receivers, service), and what was done to it. */
export interface VerifierInput {
  readonly produced: readonly ProducedRecord[];
  readonly uncertain?: readonly UncertainRecord[];
  readonly subscriptions: readonly Subscription[];
  /** In any order. */
  readonly received: readonly ReceivedRecord[];
  readonly tables: ServiceTables;
  readonly faults?: readonly Fault[];
  readonly repeats?: readonly OperatorRepeat[];
  /** Lines for the timeline that nothing is decided by, as of the log of a replica. */
  readonly notes?: readonly RunNote[];
}

export interface RunNote {
  /** Wall time, milliseconds since the epoch. */
  readonly at: number;
  /** Null concerns all. */
  readonly queue: string | null;
  readonly text: string;
}

export interface VerifierOptions {
  /** True when not given: everything should have been delivered when the tables were read. */
  readonly isAtRest?: boolean;
  /**
   * How far a fault may lie before the request it is blamed for, or after; 1,000 ms when not given.
   * Covers what passes between a signal and its effect.
   */
  readonly marginMs?: number;
  /** Messages of one queue that one fault may repeat; 9 when not given (`DELIVERY_AHEAD` + 1). */
  readonly duplicatesPerFault?: number;
  /** Kinds of faults besides those of `FAULT_EFFECTS`, or in their place. */
  readonly effects?: Readonly<Record<string, FaultEffect>>;
}
