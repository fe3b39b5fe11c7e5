import { readHttpDate } from './http-date.js';

/** The names in lower case; an array where a header came more than once. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Ten years: whoever asks for more means never, and what is added to a time has to stay a time. */
const MAX_MS = 10 * 365 * 86_400_000;

const DELAY_SECONDS = /^\d+$/;

/**
 * For how long an answer asks not to be called again (`Retry-After`, RFC 9110 10.2.3), in ms from
 * its arrival: at least 0, at most ten years. Null where it does not ask, or not readably.
 *
 * A date counts from the answer's own `Date` where that can be read, so that a receiver whose clock
 * is wrong gets what it meant; else from `arrivedAt`, our clock in ms since 1970. A date that is
 * over is 0. Of several `Retry-After` headers the first that can be read counts.
 *
 * What is made of it is the caller's decision: nothing here keeps a receiver from asking for years.
 */
export function retryAfterMs(headers: AnswerHeaders, arrivedAt: number): number | null {
  for (const value of valuesOf(headers['retry-after'])) {
    const delay = DELAY_SECONDS.test(value)
      ? Number(value) * 1000
      : delayUntil(value, clockOf(headers, arrivedAt));
    if (delay !== null) return Math.min(delay, MAX_MS);
  }
  return null;
}

function delayUntil(date: string, nowMs: number): number | null {
  const at = readHttpDate(date, nowMs);
  return at === null ? null : Math.max(0, at - nowMs);
}

/** What time it was for the one who answered. */
function clockOf(headers: AnswerHeaders, arrivedAt: number): number {
  for (const value of valuesOf(headers['date'])) {
    const at = readHttpDate(value, arrivedAt);
    if (at !== null) return at;
  }
  return arrivedAt;
}

function valuesOf(header: string | readonly string[] | undefined): string[] {
  return [header ?? []].flat().map((value) => value.trim());
}
