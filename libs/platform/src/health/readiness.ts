export interface ReadinessReport {
  readonly ready: boolean;
  /** What is missing, one sentence each. */
  readonly missing: readonly string[];
}

/** Whether this replica does its work now, and if not, what it lacks. Also the Nest token. */
export abstract class Readiness {
  private phase: 'starting' | 'started' | 'stopping' = 'starting';
  private step = 'starting';

  /** The boot step under way, for the report. */
  reach(step: string): void {
    this.step = step;
  }

  markStarted(): void {
    this.phase = 'started';
  }

  markStopping(): void {
    this.phase = 'stopping';
  }

  async report(): Promise<ReadinessReport> {
    const missing = [...this.missingPhase(), ...(await this.missingParts())];
    return { ready: missing.length === 0, missing };
  }

  protected get hasStarted(): boolean {
    return this.phase === 'started';
  }

  /** What it depends on and cannot use now, one sentence each. */
  protected abstract missingParts(): Promise<string[]>;

  private missingPhase(): string[] {
    if (this.phase === 'starting') return [`The service is starting: ${this.step}.`];
    if (this.phase === 'stopping') return ['The service is stopping.'];
    return [];
  }
}
