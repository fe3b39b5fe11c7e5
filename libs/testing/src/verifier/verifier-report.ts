import type { Verdict } from './verdict.js';

/** What a run was worth. It is in order when there is no verdict. */
export interface VerifierReport {
  /** By time. */
  readonly verdicts: readonly Verdict[];
  readonly counts: RunCounts;
}

/** How much was looked at: zeros say that a run without verdicts has shown nothing. */
export interface RunCounts {
  /** Records that Kafka acknowledged. */
  readonly produced: number;
  /** Pairs of an acknowledged record and a subscription that matches it. */
  readonly expected: number;
  /** Those of them that were answered 2xx at least once. */
  readonly delivered: number;
  /** Pairs that wait in a queue, were set aside, or whose record is a dead letter. */
  readonly excused: number;
  readonly requests: number;
  /** Requests that were not answered 2xx completely. */
  readonly failedRequests: number;
  /** Requests for messages that had been answered 2xx before, by what explains them. */
  readonly duplicates: DuplicateCounts;
  /** Overlapping pairs that a fault explains. */
  readonly explainedOverlaps: number;
}

export interface DuplicateCounts {
  /** By kind of fault, `operator` for what an operator asked for. */
  readonly explained: Readonly<Record<string, number>>;
  readonly unexplained: number;
}
