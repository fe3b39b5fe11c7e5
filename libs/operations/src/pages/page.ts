import { badInput } from '../operator.errors.js';
import { cursorOf, keyOf, type ListKey } from './cursor.js';

/** What a caller asks for of a list. */
export interface PageArguments {
  readonly first: number;
  readonly after?: string | null | undefined;
}

/** As statements take it. */
export interface PageRequest {
  readonly first: number;
  /** The key of the last entry of the page before. */
  readonly after: string | undefined;
}

/** What a statement found from a key on. */
export interface Found<Row> {
  /** One more than was asked for, where there are more. */
  readonly rows: readonly Row[];
  /** Where it stopped looking although the list goes on, so that a page never costs more than it may. */
  readonly stoppedAt?: string | undefined;
}

/** A page in the form of Relay's connections. */
export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export const MOST_A_PAGE = 100;

/** Throws OperatorError. */
export function pageRequest(key: ListKey, { first, after }: PageArguments): PageRequest {
  if (first < 1 || first > MOST_A_PAGE) {
    throw badInput('first', `it is not a whole number from 1 to ${MOST_A_PAGE}`);
  }
  return { first, after: after == null ? undefined : keyOf(key, after) };
}

/**
 * The page of what was found. Entries may be fewer than were asked for, even none, while there is a
 * next page: what was looked through had no more that fit the filter.
 */
export function connectionOf<Row>(
  list: ListKey,
  keyOfRow: (row: Row) => string,
  { first }: PageRequest,
  { rows, stoppedAt }: Found<Row>,
): Connection<Row> {
  const edges = rows
    .slice(0, first)
    .map((node) => ({ cursor: cursorOf(list, keyOfRow(node)), node }));
  const hasMore = rows.length > first;
  const isCut = !hasMore && stoppedAt !== undefined;
  return {
    edges,
    pageInfo: {
      hasNextPage: hasMore || isCut,
      endCursor: isCut ? cursorOf(list, stoppedAt) : (edges.at(-1)?.cursor ?? null),
    },
  };
}
