import { checkAccounting } from './accounting.check.js';
import { checkContent } from './content.check.js';
import { correlate, isAnswered } from './correlated-run.js';
import { checkDuplicates } from './duplicate.check.js';
import { FaultIndex } from './fault-index.js';
import { checkOrder } from './order.check.js';
import { checkOverlaps } from './overlap.check.js';
import { checkPositions, checkRest } from './rest.check.js';
import { checkSequences } from './sequence.check.js';
import type { VerifierInput, VerifierOptions } from './verifier-input.js';
import type { VerifierReport } from './verifier-report.js';

const MARGIN_MS = 1_000;

/** `DELIVERY_AHEAD` + 1. */
const DUPLICATES_PER_FAULT = 9;

/**
 * Decides from three independent records whether a run kept what the service promises. Knows nothing
 * of how the service works; `VERDICT_KINDS` says what it looks for, each check how it decides.
 *
 * @throws Error when a fault is of a kind whose effect is not known.
 */
export function verifyRun(input: VerifierInput, options: VerifierOptions = {}): VerifierReport {
  const { isAtRest = true, marginMs = MARGIN_MS } = options;
  const { duplicatesPerFault = DUPLICATES_PER_FAULT } = options;
  const faults = new FaultIndex(input.faults ?? [], marginMs, options.effects);
  const run = correlate(input);
  const accounting = checkAccounting(run, isAtRest);
  const overlaps = checkOverlaps(run, faults);
  const duplicates = checkDuplicates(run, { faults, marginMs, duplicatesPerFault });
  const verdicts = [
    ...accounting.verdicts,
    ...checkContent(run),
    ...checkOrder(run, overlaps.pairs),
    ...overlaps.verdicts,
    ...duplicates.verdicts,
    ...checkSequences(run),
    ...checkPositions(run),
    ...(isAtRest ? checkRest(run) : []),
  ];
  const answered = input.received.filter(isAnswered).length;
  return {
    verdicts: verdicts.sort((a, b) => a.at - b.at),
    counts: {
      produced: input.produced.length,
      expected: accounting.expected,
      delivered: accounting.delivered,
      excused: accounting.excused,
      requests: input.received.length,
      failedRequests: input.received.length - answered,
      duplicates: duplicates.counts,
      explainedOverlaps: overlaps.explained,
    },
  };
}
