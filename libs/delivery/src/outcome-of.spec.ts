import { describe, expect, it } from 'vitest';
import type { ExchangeResult } from './exchange.js';
import { timeoutCause } from './failure-cause.js';
import { outcomeOf, unsendable } from './outcome-of.js';

const excerpt = Buffer.from('because');

function result(statusCode: number | null, rest: Partial<ExchangeResult> = {}): ExchangeResult {
  return { statusCode, cause: null, excerpt, retryAfterMs: null, wasStale: false, ...rest };
}

describe('outcomeOf', () => {
  it.each([200, 201, 204, 299])('is delivered for %d', (statusCode) => {
    const delivered = { kind: 'delivered', statusCode, durationMs: 7 };
    expect(outcomeOf(result(statusCode, { excerpt: Buffer.alloc(0) }), 7)).toEqual(delivered);
    // Where the exchange was asked to keep it.
    expect(outcomeOf(result(statusCode), 7)).toEqual({ ...delivered, excerpt });
  });

  it.each([300, 301, 304, 307, 399])('is a redirect for %d', (statusCode) => {
    expect(outcomeOf(result(statusCode), 7)).toMatchObject({ kind: 'rejected', code: 'redirect' });
  });

  it.each([400, 404, 410, 429, 500, 503, 599, 999])('is rejected for %d', (statusCode) => {
    expect(outcomeOf(result(statusCode), 7)).toMatchObject({
      kind: 'rejected',
      code: 'http_status',
      statusCode,
      excerpt,
      durationMs: 7,
    });
  });

  it('passes on for how long a refusal asks to be left alone', () => {
    expect(outcomeOf(result(503, { retryAfterMs: 9000 }), 7)).toHaveProperty('retryAfterMs', 9000);
    expect(outcomeOf(result(503), 7)).toHaveProperty('retryAfterMs', null);
  });

  it('has nobody ask for a pause where no refusal came', () => {
    const timeout = result(null, { cause: timeoutCause('head') });
    const late = result(200, { cause: timeoutCause('body') });

    for (const outcome of [
      outcomeOf(timeout, 7),
      outcomeOf(late, 7),
      unsendable('configuration', 'bad', 7),
      unsendable('address_refused', 'bad', 7),
    ]) {
      expect(outcome).toHaveProperty('retryAfterMs', null);
    }
  });

  it('keeps a refusing status as the cause when the rest of the answer failed', () => {
    const late = result(503, { cause: timeoutCause('body') });

    expect(outcomeOf(late, 7)).toMatchObject({
      code: 'http_status',
      message: 'The endpoint answered 503 Service Unavailable',
    });
  });

  it('does not take a 2xx whose body failed for delivered', () => {
    const late = result(200, { cause: timeoutCause('body') });

    expect(outcomeOf(late, 7)).toMatchObject({
      kind: 'timed_out',
      code: 'timeout_response',
      statusCode: 200,
      message: 'No complete answer came in time (after status 200)',
    });
  });

  it('is one line of at most 500 characters, whatever an address or name contains', () => {
    const { message } = unsendable('configuration', `a\r\nb\u001b[31m${'x'.repeat(900)}`, 0);

    expect(message).toMatch(/^a b \[31mx+$/);
    expect(message).toHaveLength(500);
  });

  it('throws when neither a status nor a cause is there: that would be a fault of ours', () => {
    expect(() => outcomeOf(result(null), 7)).toThrow('without a status');
  });
});
