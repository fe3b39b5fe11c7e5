/** Replicas do it at different moments: each waits between 0.8 and 1.2 intervals. */
const JITTER = 0.4;

/** Does something again and again, never twice at the same time. `run` must not reject. */
export class RecurringJob {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly run: () => Promise<void>,
    private readonly intervalMs: number,
  ) {}

  /** The first time at once. */
  start(): void {
    this.after(0);
  }

  /** The first time after an interval. */
  startLater(): void {
    this.after(this.pauseMs());
  }

  get isStopping(): boolean {
    return this.stopped;
  }

  /** Resolves once it is not under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private after(delayMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.run().finally(() => this.after(this.pauseMs()));
    }, delayMs);
  }

  private pauseMs(): number {
    return this.intervalMs * (1 - JITTER / 2 + JITTER * Math.random());
  }
}
