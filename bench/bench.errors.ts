/** What was measured is worth nothing: a message was lost, doubled or overtaken, or a step hung. */
export class BenchFailedError extends Error {
  readonly code = 'bench_failed';

  constructor(reason: string) {
    super(reason);
    this.name = 'BenchFailedError';
  }
}
