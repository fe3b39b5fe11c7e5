import { positionOf, type AttemptPosition } from '@app/queue';
import { badUserInput, type InputFault } from '../graphql/api.errors.js';

/** Entries of a page where the caller does not say how many, and the most that it can ask for. */
export const DEFAULT_PAGE_LENGTH = 20;
export const MAX_PAGE_LENGTH = 100;

/** As a connection is asked for; null counts as left out. */
export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
}

export interface RequestedPage {
  readonly first: number;
  readonly after: AttemptPosition | undefined;
}

/** @throws ApiError that names what is wrong. */
export function requestedPage({ first, after }: PageArguments): RequestedPage {
  const length = first ?? DEFAULT_PAGE_LENGTH;
  const position = typeof after === 'string' ? positionOf(after) : undefined;
  const faults: InputFault[] = [];
  if (length < 1 || length > MAX_PAGE_LENGTH) {
    faults.push({ field: 'first', reason: `It must be 1 to ${MAX_PAGE_LENGTH}` });
  }
  if (typeof after === 'string' && !position) {
    faults.push({ field: 'after', reason: 'It is no cursor of an answer' });
  }
  if (faults.length > 0) throw badUserInput(faults);
  return { first: length, after: position };
}
