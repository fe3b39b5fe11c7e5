/** Header values as Node, Fetch and most frameworks have them; names in any case. */
export type RequestHeaders =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | { get(name: string): string | null };

/** Where a message stands. The signature does not cover this: good for finding gaps, not for refusing. */
export interface Place {
  /** Position in the queue, from 1; null where the request does not say. */
  readonly sequence: bigint | null;
  /** Position that was delivered to the same webhook before, 0n for none; null where that is not known. */
  readonly previous: bigint | null;
  /** Positions of the webhook between the two that will not come under these positions. */
  readonly skipped: readonly SkippedRange[];
}

export interface SkippedRange {
  readonly first: bigint;
  readonly last: bigint;
}

const POSITION = /^\d{1,19}$/;
const RANGE = /^(\d{1,19})(?:-(\d{1,19}))?$/;

export function placeOf(headers: RequestHeaders): Place {
  return {
    sequence: positionIn(headers, 'x-happycolis-sequence'),
    previous: positionIn(headers, 'x-happycolis-previous-sequence'),
    skipped: rangesIn(headerOf(headers, 'x-happycolis-skipped-sequences') ?? ''),
  };
}

/** The one value of a header; undefined where there is none, or several. */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  if (isFetchHeaders(headers)) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).filter(([key]) => key.toLowerCase() === name);
  const values = found.flatMap(([, value]) => value ?? []);
  return values.length === 1 ? values[0] : undefined;
}

function isFetchHeaders(headers: RequestHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}

function positionIn(headers: RequestHeaders, name: string): bigint | null {
  const value = headerOf(headers, name) ?? '';
  return POSITION.test(value) ? BigInt(value) : null;
}

/** `4, 6-9`; what is no position (the list may end with `...`) is passed over. */
function rangesIn(list: string): SkippedRange[] {
  return list.split(',').flatMap((part) => {
    const [, first, last = first] = RANGE.exec(part.trim()) ?? [];
    return first === undefined || last === undefined
      ? []
      : [{ first: BigInt(first), last: BigInt(last) }];
  });
}
