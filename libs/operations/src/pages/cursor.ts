import { badInput } from '../operator.errors.js';

/** What the entries of a list are ordered by: never changes, and is never used twice. */
export interface ListKey {
  /** Whose list it is: a cursor of another one is refused. */
  readonly list: string;
  readonly pattern: RegExp;
}

const BY_UUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/;
const BY_NUMBER = /^\d{1,18}$/;

export const QUEUES: ListKey = { list: 'queue', pattern: BY_UUID };
export const NEXT_MESSAGES: ListKey = { list: 'next', pattern: BY_NUMBER };
export const LAST_MESSAGES: ListKey = { list: 'last', pattern: BY_NUMBER };
export const LEDGER: ListKey = { list: 'ledger', pattern: BY_NUMBER };
export const PARKED_MESSAGES: ListKey = { list: 'parked', pattern: BY_NUMBER };
/** Number of the attempt and microseconds since the epoch: a message that was put back may count anew. */
export const ATTEMPTS: ListKey = { list: 'attempt', pattern: /^\d{1,9} \d{1,18}$/ };
export const DEAD_LETTERS: ListKey = { list: 'dead-letter', pattern: BY_NUMBER };
export const AUDIT_LOG: ListKey = { list: 'action', pattern: BY_NUMBER };

/** Opaque to callers, so that what lists are ordered by can change. */
export const cursorOf = ({ list }: ListKey, key: string): string =>
  Buffer.from(`${list} ${key}`).toString('base64url');

/** Throws OperatorError where it is no cursor of this list. */
export function keyOf({ list, pattern }: ListKey, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const key = text.slice(list.length + 1);
  if (text.startsWith(`${list} `) && pattern.test(key)) return key;
  throw badInput('after', 'it is no cursor of this list; use endCursor of the page before');
}
