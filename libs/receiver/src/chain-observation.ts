import type { SequencePosition, SequenceRange } from './sequence-headers.js';

/** Something between what was processed last and this message was delivered, but not to this store. */
export interface Gap {
  readonly kind: 'gap';
  /** Highest position that was processed. */
  readonly after: number;
  /** The last one that is missing; which others of the webhook lie in between is not known. */
  readonly through: number;
  /** Position of this message. */
  readonly sequence: number;
}

/** A message that comes for the first time, after one that stands behind it in the queue. */
export interface Inversion {
  readonly kind: 'inversion';
  readonly sequence: number;
  /** Highest position that was processed. */
  readonly highest: number;
}

/** Operators skipped messages of this webhook: they will not come under these positions. */
export interface Skipped {
  readonly kind: 'skipped';
  readonly sequence: number;
  readonly ranges: readonly SequenceRange[];
  /** Whether there are more than `ranges` tells of. */
  readonly more: boolean;
}

/** Advice: it rests on headers that the signature does not cover. */
export type ChainObservation = Gap | Inversion | Skipped;

export interface ChainState {
  /** Highest position of the webhook that was processed; undefined where none is known. */
  readonly highest: number | undefined;
  /** Whether the message was processed before. */
  readonly isDuplicate: boolean;
}

/**
 * What a message says about those before it. Nothing where the request has no position.
 *
 * A previous position below the highest one is no gap: an answer of ours was lost, and what it was for
 * was skipped, or has come again meanwhile.
 */
export function observeChain(
  { sequence, previous, skipped, moreSkipped }: SequencePosition,
  { highest, isDuplicate }: ChainState,
): ChainObservation[] {
  if (sequence === undefined) return [];
  if (highest !== undefined && sequence <= highest) {
    const isInversion = !isDuplicate && sequence < highest;
    return isInversion ? [{ kind: 'inversion', sequence, highest }] : [];
  }
  const observations: ChainObservation[] = [];
  if (highest !== undefined && previous !== undefined && previous > highest) {
    observations.push({ kind: 'gap', after: highest, through: previous, sequence });
  }
  if (skipped.length > 0 || moreSkipped) {
    observations.push({ kind: 'skipped', sequence, ranges: skipped, more: moreSkipped });
  }
  return observations;
}
