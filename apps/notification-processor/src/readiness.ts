import { databaseFault, DataSource } from '@app/database';
import { Injectable } from '@nestjs/common';
import { KafkaConsumers } from './kafka-consumers.js';

export interface ReadinessReport {
  readonly ready: boolean;
  /** What is missing, one sentence each. */
  readonly missing: readonly string[];
}

/** Whether this replica does its work now, and if not, what it lacks. */
@Injectable()
export class Readiness {
  private phase: 'starting' | 'started' | 'stopping' = 'starting';
  private step = 'starting';

  constructor(
    private readonly dataSource: DataSource,
    private readonly consumers: KafkaConsumers,
  ) {}

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
    const fault = await databaseFault(this.dataSource);
    const missing = [...this.missingPhase(), ...(fault === undefined ? [] : [fault])];
    if (this.phase === 'started') missing.push(...this.missingConsumers());
    return { ready: missing.length === 0, missing };
  }

  private missingPhase(): string[] {
    if (this.phase === 'starting') return [`The service is starting: ${this.step}.`];
    if (this.phase === 'stopping') return ['The service is stopping.'];
    return [];
  }

  private missingConsumers(): string[] {
    return this.consumers
      .statuses()
      .filter(({ joined }) => !joined)
      .map(({ consumer }) => `The Kafka consumer "${consumer}" has not joined its group.`);
  }
}
