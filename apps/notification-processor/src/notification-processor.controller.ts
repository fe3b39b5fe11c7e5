import { ORGANIZATION_TOPICS, type KafkaRecord } from '@app/events';
import { FormatterRegistry } from '@app/formatters';
import { QueueProcessor } from '@app/queue';
import { Controller, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { DOMAIN_KAFKA } from './kafka/kafka-transports.js';
import { RpcErrorFilter } from './kafka/rpc-error.filter.js';

/**
 * ① Consumes the domain events. Its promise is the promise of the offset: it resolves after the
 * transaction that stored what the records became, and rejects where nothing was stored. Nothing
 * here waits for a receiver.
 */
@Controller()
@UseFilters(RpcErrorFilter)
export class NotificationProcessorController {
  constructor(
    private readonly formatters: FormatterRegistry,
    private readonly queues: QueueProcessor,
  ) {}

  @EventPattern<readonly string[]>(ORGANIZATION_TOPICS, DOMAIN_KAFKA)
  async onOrganizationEvents(@Payload() records: readonly KafkaRecord[]): Promise<void> {
    await this.queues.process(records.map((record) => this.formatters.format(record)));
  }
}
