/**
 * What was measured is worth nothing: a message or a webhook was lost or doubled, an order was wrong, or
 * a step hung.
 */
export class BenchFailedError extends Error {
  readonly code = 'bench_failed';

  constructor(reason: string) {
    super(reason);
    this.name = 'BenchFailedError';
  }
}
