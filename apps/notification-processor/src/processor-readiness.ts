import { databaseFault, DataSource } from '@app/database';
import { Readiness } from '@app/platform';
import { Injectable } from '@nestjs/common';
import { KafkaConsumers } from './kafka-consumers.js';

/** Ready while the database answers and the consumers have joined their groups. */
@Injectable()
export class ProcessorReadiness extends Readiness {
  constructor(
    private readonly dataSource: DataSource,
    private readonly consumers: KafkaConsumers,
  ) {
    super();
  }

  protected override async missingParts(): Promise<string[]> {
    const fault = await databaseFault(this.dataSource);
    const missing = fault === undefined ? [] : [fault];
    return this.hasStarted ? [...missing, ...this.missingConsumers()] : missing;
  }

  private missingConsumers(): string[] {
    return this.consumers
      .statuses()
      .filter(({ joined }) => !joined)
      .map(({ consumer }) => `The Kafka consumer "${consumer}" has not joined its group.`);
  }
}
