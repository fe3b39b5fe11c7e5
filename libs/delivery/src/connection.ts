import type { Socket } from 'node:net';
import { Client, type Dispatcher, type buildConnector } from 'undici';
import { OverlongAnswerError } from './delivery.errors.js';

export interface ConnectionTimes {
  /** How long an unused connection is kept when the receiver names no time of its own, in ms. */
  readonly keepAliveMs: number;
  /** Upper bound for the time that a receiver names in `Keep-Alive`, in ms. */
  readonly keepAliveMaxMs: number;
}

/** Where connections lead, and as whom. */
export interface Route {
  readonly origin: string;
  /** Connections of one key serve each other's requests: the origin, and the client certificate if any. */
  readonly key: string;
  readonly connect: buildConnector.connector;
}

/** A head beyond this is not read further (Node's own servers accept as much). */
const MAX_HEAD_BYTES = 16_384;

/**
 * One connection to one origin, with one request on it at a time.
 *
 * undici's Pool is avoided on purpose: a request that waits in its queue cannot be aborted, and a
 * request that it refuses leaves its client unusable for everybody on the origin. A client of our
 * own per connection has no queue, and giving up a request is throwing its connection away.
 */
export class Connection {
  readonly #client: Client;
  #socket: Socket | undefined;
  #served = 0;
  #maxReadBytes = 0;
  /** `bytesRead` of the socket when the last request was dispatched. */
  #readBefore = 0;

  constructor(
    readonly route: Route,
    times: ConnectionTimes,
    onClosed: (connection: Connection) => void,
  ) {
    this.#client = new Client(route.origin, {
      connect: this.#remembering(route.connect),
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: MAX_HEAD_BYTES,
      // The exchange keeps the time itself: undici's timers are exact to half a second only.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: times.keepAliveMs,
      keepAliveMaxTimeout: times.keepAliveMaxMs,
    });
    this.#client.on('disconnect', () => onClosed(this));
  }

  /** True once the open connection has carried a request: the receiver may be closing it by now. */
  get isReused(): boolean {
    return this.#served > 0;
  }

  /** False when the connection is known to be closed. */
  get isOpen(): boolean {
    return this.#socket !== undefined && !this.#socket.destroyed;
  }

  /**
   * At most `maxReadBytes` are read from here until the next request, whatever they are: beyond
   * them the connection is destroyed, and a request that is running fails with OverlongAnswerError.
   */
  dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
    maxReadBytes: number,
  ): void {
    this.#maxReadBytes = maxReadBytes;
    this.#readBefore = this.#socket?.bytesRead ?? 0;
    this.#client.dispatch(options, handler);
  }

  markServed(): void {
    this.#served += 1;
  }

  destroy(): void {
    // Resolves when the socket is closed; nobody waits for a connection that was given up.
    void this.#client.destroy();
  }

  #remembering(connect: buildConnector.connector): buildConnector.connector {
    return (target, callback) =>
      connect(target, (...result) => {
        // undici opens a second socket when the first closed before the request was written.
        this.#served = 0;
        this.#readBefore = 0;
        this.#socket = result[1] ?? undefined;
        callback(...result);
        // undici listens by now and reads first: an answer that ends within the bound has ended.
        this.#socket?.on('readable', () => this.#bound());
      });
  }

  /**
   * undici bounds a head and leaves the body to its caller, but much of HTTP/1.1 is neither and can
   * go on for ever without a word to anybody: the extension of a chunk, a reason phrase, empty
   * lines, interim answers, blanks before a value. Bytes are the one measure that covers all of it.
   *
   * Runs once per read (64 KiB at most), over TLS on what was deciphered.
   */
  #bound(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.bytesRead - this.#readBefore <= this.#maxReadBytes) return;
    socket.destroy(new OverlongAnswerError(this.#maxReadBytes));
  }
}
