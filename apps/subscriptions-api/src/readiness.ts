import { databaseFault, DataSource } from '@app/database';
import { Injectable } from '@nestjs/common';

export interface ReadinessReport {
  readonly ready: boolean;
  /** What is missing, one sentence each. */
  readonly missing: readonly string[];
}

/** Whether this replica answers requests now, and if not, what it lacks. */
@Injectable()
export class Readiness {
  private phase: 'starting' | 'started' | 'stopping' = 'starting';

  constructor(private readonly dataSource: DataSource) {}

  markStarted(): void {
    this.phase = 'started';
  }

  markStopping(): void {
    this.phase = 'stopping';
  }

  async report(): Promise<ReadinessReport> {
    const fault = await databaseFault(this.dataSource);
    const missing = fault === undefined ? [] : [fault];
    if (this.phase !== 'started') missing.push(`The service is ${this.phase}.`);
    return { ready: missing.length === 0, missing };
  }
}
