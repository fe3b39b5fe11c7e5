/** What the bench asks of the receiver. */
export type ReceiverQuestion =
  | { readonly ask: 'listen' }
  /** Forgets what came so far. `refuse` answers 503 to everything; each answer comes after `delayMs`. */
  | { readonly ask: 'reset'; readonly behaviour: 'accept' | 'refuse'; readonly delayMs: number }
  | { readonly ask: 'report' };

export interface ReceiverReport {
  readonly port: number;
  /** Requests answered since the last reset. */
  readonly requests: number;
  /** The first ones that came lost, doubled or out of order, in words. */
  readonly defects: readonly string[];
  /** Microseconds from produce to receipt, of the records that carry their time. */
  readonly latencies: readonly number[];
  /** CPU of the receiver's process since the last reset, microseconds. */
  readonly cpuMicros: number;
}
