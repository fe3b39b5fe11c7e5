import type { Dispatcher } from 'undici';
import { AttemptDeadline } from './attempt-deadline.js';
import type { Connection } from './connection.js';
import {
  causeOf,
  timeoutCause,
  tooLargeCause,
  type AttemptPhase,
  type FailureCause,
} from './failure-cause.js';
import { retryAfterMs, type AnswerHeaders } from './retry-after.js';

export interface ExchangeLimits {
  /** When the attempt ends at the latest, in time of `performance.now()`. */
  readonly deadlineAt: number;
  readonly connectTimeoutMs: number;
  /** Of the body alone, see `maxReadBytes` for all the rest of an answer. */
  readonly maxResponseBytes: number;
  /** Keep the first bytes of an answer of 2xx, too. */
  readonly keepsAnswer?: boolean;
}

/** What one request on one connection came to. */
export interface ExchangeResult {
  /** The final status, as soon as the answer's head was read. */
  readonly statusCode: number | null;
  /** Null when the answer was read to its end. */
  readonly cause: FailureCause | null;
  /** The first bytes of an answer other than 2xx, or of any where that was asked for. */
  readonly excerpt: Buffer;
  /** What a final answer other than 2xx asked for, see `retryAfterMs`; else null. */
  readonly retryAfterMs: number | null;
  /** A reused connection was closed before any byte of an answer: it was stale, nobody failed. */
  readonly wasStale: boolean;
}

const MAX_EXCERPT_BYTES = 1024;
const NOTHING = Buffer.alloc(0);

/** A body that comes one byte at a time costs six for each: `1 CRLF x CRLF`. */
const MOST_BYTES_PER_BODY_BYTE = 6;

/** A head and trailers of 16 KiB each, which is what is read of them; 32 KiB for interim heads. */
const MAX_BYTES_AROUND_BODY = 65_536;

/**
 * Runs one request on a connection that is used for nothing else and settles at the latest when
 * its deadline is over, whatever undici does: the caller then throws the connection away.
 *
 * Rejects only with errors that say nothing about the receiver.
 */
export function exchange(
  connection: Connection,
  options: Dispatcher.DispatchOptions,
  limits: ExchangeLimits,
): Promise<ExchangeResult> {
  return new Promise((resolve, reject) => {
    const handler = new ExchangeHandler(connection.isReused, limits, { resolve, reject });
    handler.start();
    connection.dispatch(options, handler, maxReadBytes(limits.maxResponseBytes));
  });
}

/**
 * What is read from the socket for one request at most, so that nothing in an answer can be endless.
 * A body of the allowed size is accepted in chunks of any size, as long as they carry no extensions;
 * 448 KiB for one of 64 KiB.
 */
function maxReadBytes(maxResponseBytes: number): number {
  return maxResponseBytes * MOST_BYTES_PER_BODY_BYTE + MAX_BYTES_AROUND_BODY;
}

interface Settle {
  readonly resolve: (result: ExchangeResult) => void;
  readonly reject: (error: unknown) => void;
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  #phase: AttemptPhase = 'connect';
  #answered = false;
  #statusCode: number | null = null;
  #received = 0;
  #excerpt = NOTHING;
  #retryAfterMs: number | null = null;
  #settled = false;
  readonly #deadline = new AttemptDeadline(() => this.#fail(timeoutCause(this.#phase)));

  constructor(
    private readonly reused: boolean,
    private readonly limits: ExchangeLimits,
    private readonly settle: Settle,
  ) {}

  start(): void {
    const { connectTimeoutMs, deadlineAt } = this.limits;
    this.#deadline.limit(Math.min(performance.now() + connectTimeoutMs, deadlineAt));
  }

  /** The connection is open and the request is being written: from here on the total alone counts. */
  onRequestStart(): void {
    this.#phase = 'head';
    this.#deadline.limit(this.limits.deadlineAt);
  }

  /** The first byte of an answer. */
  onResponseStarted(): void {
    this.#answered = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: AnswerHeaders,
  ): void {
    this.#answered = true;
    if (statusCode < 200) return;
    this.#statusCode = statusCode;
    this.#phase = 'body';
    if (statusCode > 299) this.#retryAfterMs = retryAfterMs(headers, Date.now());
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#received += chunk.length;
    this.#keepExcerpt(chunk);
    const { maxResponseBytes } = this.limits;
    if (this.#received > maxResponseBytes) this.#fail(tooLargeCause(maxResponseBytes));
  }

  onResponseEnd(): void {
    this.#finish(null, false);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    const cause = causeOf(error, this.#phase);
    if (cause !== null) return this.#fail(cause);
    this.#stop();
    this.settle.reject(error);
  }

  #keepExcerpt(chunk: Buffer): void {
    const missing = MAX_EXCERPT_BYTES - this.#excerpt.length;
    if (missing <= 0 || this.#statusCode === null) return;
    if (this.#statusCode < 300 && this.limits.keepsAnswer !== true) return;
    // Copied, because the chunk is a view on everything that was read at once.
    this.#excerpt = Buffer.concat([this.#excerpt, chunk.subarray(0, missing)]);
  }

  #fail(cause: FailureCause): void {
    const closed = cause.code === 'connection_reset';
    this.#finish(cause, this.reused && closed && !this.#answered);
  }

  #finish(cause: FailureCause | null, wasStale: boolean): void {
    if (this.#settled) return;
    this.#stop();
    this.settle.resolve({
      statusCode: this.#statusCode,
      cause,
      excerpt: this.#excerpt,
      retryAfterMs: this.#retryAfterMs,
      wasStale,
    });
  }

  #stop(): void {
    this.#settled = true;
    this.#deadline.stop();
  }
}
