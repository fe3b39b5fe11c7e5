/**
 * One timer for an attempt whose limits move as it gets along.
 *
 * Most limits are moved on before they are due, so a later limit costs no timer: the running one
 * looks again when it fires.
 */
export class AttemptDeadline {
  readonly #onExpired: () => void;
  #limitAt = Infinity;
  #firesAt = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(onExpired: () => void) {
    this.#onExpired = onExpired;
  }

  /** `at` is a time of `performance.now()`. */
  limit(at: number): void {
    this.#limitAt = at;
    if (!this.#stopped && at < this.#firesAt) this.#arm(at);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = at;
    this.#timer = setTimeout(() => this.#fired(), Math.max(0, at - performance.now()));
  }

  #fired(): void {
    if (!this.#isDue()) return this.#arm(this.#limitAt);
    // Timers run before sockets are read. When this process was held up, the answer may be waiting
    // to be read, and its receiver must not be blamed for our delay: one turn of reading first.
    setImmediate(() => {
      if (this.#stopped) return;
      if (this.#isDue()) this.#onExpired();
      else this.#arm(this.#limitAt);
    });
  }

  /** Node's timers may fire up to a millisecond early. */
  #isDue(): boolean {
    return performance.now() >= this.#limitAt - 1;
  }
}
