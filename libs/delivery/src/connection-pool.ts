import { Connection, type ConnectionTimes, type Route } from './connection.js';
import { OriginBusyError } from './delivery.errors.js';

export interface PoolLimits extends ConnectionTimes {
  /** Connections to one origin that may carry a request at the same time. */
  readonly connectionsPerOrigin: number;
  /** Unused connections kept over all origins; the longest unused goes first. */
  readonly maxIdleConnections: number;
}

/**
 * Hands out connections and keeps the unused ones for the next request to their origin.
 *
 * Nothing waits here: how many requests run at a time is the caller's decision. What is open is
 * bounded by the caller's concurrency plus `maxIdleConnections`, however many origins there are,
 * and an origin that is not called leaves nothing behind.
 */
export class ConnectionPool {
  readonly #limits: PoolLimits;
  /** Per key of a route, the most recently used last: that one is the least likely to be stale. */
  readonly #idle = new Map<string, Connection[]>();
  /** The same connections over all origins, the longest unused first. */
  readonly #idleByAge = new Set<Connection>();
  readonly #busy = new Map<string, number>();

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  /** Unused connections that are open, over all origins. */
  get idleCount(): number {
    return this.#idleByAge.size;
  }

  /** Origins with at least one connection, used or not. */
  get originCount(): number {
    const idle = [...this.#idleByAge].map(({ route }) => route.origin);
    return new Set([...idle, ...this.#busy.keys()]).size;
  }

  /**
   * A connection for one request; give it back with `release` or `discard`.
   *
   * @throws OriginBusyError when the caller has `connectionsPerOrigin` in use already.
   */
  acquire(route: Route, options: { readonly fresh: boolean }): Connection {
    const { origin } = route;
    const busy = this.#busy.get(origin) ?? 0;
    if (busy >= this.#limits.connectionsPerOrigin) {
      throw new OriginBusyError(origin, this.#limits.connectionsPerOrigin);
    }
    const kept = options.fresh ? undefined : this.#takeIdle(route.key);
    const connection = kept ?? this.#open(route);
    this.#busy.set(origin, busy + 1);
    return connection;
  }

  /** The request came to a regular end: the connection may serve again. */
  release(connection: Connection): void {
    const { origin, key } = connection.route;
    this.#leave(origin);
    connection.markServed();
    const idle = this.#idle.get(key);
    if (idle === undefined) this.#idle.set(key, [connection]);
    else idle.push(connection);
    this.#idleByAge.add(connection);
    if (this.#idleByAge.size > this.#limits.maxIdleConnections) this.#dropOldest();
  }

  /** The request was given up or failed: nothing more can be told from this connection. */
  discard(connection: Connection): void {
    this.#leave(connection.route.origin);
    connection.destroy();
  }

  /** Closes every unused connection. */
  clear(): void {
    for (const connection of this.#idleByAge) connection.destroy();
    this.#idleByAge.clear();
    this.#idle.clear();
  }

  #open(route: Route): Connection {
    return new Connection(route, this.#limits, (closed) => this.#forget(closed));
  }

  #takeIdle(key: string): Connection | undefined {
    for (;;) {
      const connection = this.#idle.get(key)?.at(-1);
      if (connection === undefined) return undefined;
      this.#unlist(connection);
      // The receiver may have asked for the connection's end with its last answer.
      if (connection.isOpen) return connection;
      connection.destroy();
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#idleByAge;
    if (oldest !== undefined) this.#forget(oldest);
  }

  /** A used connection that closes ends its own request; only unused ones are listed here. */
  #forget(connection: Connection): void {
    if (!this.#idleByAge.has(connection)) return;
    this.#unlist(connection);
    connection.destroy();
  }

  #unlist(connection: Connection): void {
    this.#idleByAge.delete(connection);
    const { key } = connection.route;
    const idle = this.#idle.get(key) ?? [];
    const index = idle.lastIndexOf(connection);
    if (index !== -1) idle.splice(index, 1);
    if (idle.length === 0) this.#idle.delete(key);
  }

  #leave(origin: string): void {
    const busy = (this.#busy.get(origin) ?? 0) - 1;
    if (busy > 0) this.#busy.set(origin, busy);
    else this.#busy.delete(origin);
  }
}
