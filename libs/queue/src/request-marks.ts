import type { QueueMessage } from './queue-lease.js';

/** On the requests of test events, and on no other: custom headers may not begin like it. */
export const TEST_HEADER = 'x-happycolis-test';

/** Position of the message in its queue, from 1 and without gaps; the same at every attempt (ADR 36). */
export const SEQUENCE_HEADER = 'x-happycolis-sequence';

/** Position of the message that was delivered to the same webhook before; 0: none. */
export const PREVIOUS_HEADER = 'x-happycolis-previous-sequence';

/** Positions of the webhook between the two that operators set aside, such as `4, 6-9`. */
export const SKIPPED_HEADER = 'x-happycolis-skipped-sequences';

/** A header of some 1,300 bytes at most, whatever the positions. */
const MAX_RANGES = 64;

/** As many as the database tells of: there may be more. */
const MAX_TOLD = 1_000;

/** What the request for a message carries besides the headers of its webhook. */
export function marksOf({
  seq,
  origin,
  place: { elsewhere, previous, skipped },
}: Pick<QueueMessage, 'seq' | 'origin' | 'place'>): Readonly<Record<string, string>> {
  const isKnown = !elsewhere && previous !== null;
  return {
    [SEQUENCE_HEADER]: seq,
    ...(isKnown && { [PREVIOUS_HEADER]: previous }),
    ...(isKnown && skipped.length > 0 && { [SKIPPED_HEADER]: rangesOf(skipped) }),
    ...(origin === 'test' && { [TEST_HEADER]: 'true' }),
  };
}

/** `4, 6-9`; ends with `...` where it is not all. */
function rangesOf(ascending: readonly string[]): string {
  const ranges: { first: bigint; last: bigint }[] = [];
  for (const seq of ascending.map(BigInt)) {
    const range = ranges.at(-1);
    if (range?.last === seq - 1n) range.last = seq;
    else ranges.push({ first: seq, last: seq });
  }
  const isAll = ranges.length <= MAX_RANGES && ascending.length < MAX_TOLD;
  return [
    ...ranges
      .slice(0, MAX_RANGES)
      .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)),
    ...(isAll ? [] : ['...']),
  ].join(', ');
}
