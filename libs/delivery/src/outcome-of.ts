import { STATUS_CODES } from 'node:http';
import type { DeliveryOutcome, FailedOutcome } from './delivery-outcome.js';
import type { ExchangeResult } from './exchange.js';

/** Kept as `lastErrorMessage`. */
const MAX_MESSAGE_LENGTH = 500;
const EMPTY = Buffer.alloc(0);

/**
 * The verdict on an exchange: delivered is a 2xx whose answer ended in time and within bounds.
 *
 * A status other than 2xx is the cause whatever happened afterwards: that the body of a 503 broke
 * off tells nobody more than the 503.
 */
export function outcomeOf(result: ExchangeResult, durationMs: number): DeliveryOutcome {
  const { statusCode, cause, excerpt, retryAfterMs } = result;
  if (statusCode !== null && (statusCode < 200 || statusCode > 299)) {
    return refusal(statusCode, result, durationMs);
  }
  if (cause !== null) {
    const after = statusCode === null ? '' : ` (after status ${statusCode})`;
    const message = oneLine(`${cause.text}${after}`);
    const { kind, code } = cause;
    return { kind, code, statusCode, message, excerpt, retryAfterMs, durationMs };
  }
  if (statusCode === null)
    throw new Error('An exchange ended without a status and without a cause');
  return { kind: 'delivered', statusCode, durationMs, ...(excerpt.length > 0 && { excerpt }) };
}

/** Nothing was sent, because the subscription itself cannot be called. */
export function unsendable(
  code: 'configuration' | 'address_refused',
  reason: string,
  durationMs: number,
): FailedOutcome {
  const kind = code === 'address_refused' ? 'refused_address' : 'invalid_configuration';
  const message = oneLine(reason);
  const none = { statusCode: null, excerpt: EMPTY, retryAfterMs: null };
  return { kind, code, message, ...none, durationMs };
}

function refusal(
  statusCode: number,
  { excerpt, retryAfterMs }: ExchangeResult,
  durationMs: number,
): FailedOutcome {
  const redirect = statusCode > 299 && statusCode < 400;
  const phrase = STATUS_CODES[statusCode];
  const answer = `The endpoint answered ${statusCode}${phrase === undefined ? '' : ` ${phrase}`}`;
  return {
    kind: 'rejected',
    code: redirect ? 'redirect' : 'http_status',
    statusCode,
    message: redirect ? `${answer}; redirects are not followed` : answer,
    excerpt,
    retryAfterMs,
    durationMs,
  };
}

/** Names and addresses come from outside: they may not break a log line or a terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, MAX_MESSAGE_LENGTH);
}
