/**
 * Renews a lease three times within its length, and knows when it is lost: by the monotonic clock,
 * counted from before the statement that granted it, so that a process that was paused knows, too.
 */
export class LeaseRenewal {
  private readonly timer: NodeJS.Timeout;
  private deadline: number;
  private isRefused = false;

  constructor(
    granted: { readonly deadline: number },
    private readonly leaseMs: number,
    private readonly renew: () => Promise<boolean>,
  ) {
    this.deadline = granted.deadline;
    this.timer = setInterval(() => void this.extend(), leaseMs / 3);
  }

  get isLost(): boolean {
    return this.isRefused || performance.now() > this.deadline;
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** One that fails is followed by the next; the clock tells whether that is in time. */
  private async extend(): Promise<void> {
    const deadline = performance.now() + this.leaseMs;
    try {
      if (await this.renew()) this.deadline = deadline;
      else this.isRefused = true;
    } catch {
      return;
    }
  }
}
