import { ORGANIZATION_TOPICS, type KafkaRecord, type OrganizationTopic } from '@app/events';
import { FormatterRegistry } from '@app/formatters';
import { PipelineMetrics } from '@app/metrics';
import { QueueProcessor } from '@app/queue';
import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { KafkaBatchContext } from './kafka/batch-server-kafka.js';
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
    private readonly metrics: PipelineMetrics,
  ) {}

  @EventPattern<readonly string[]>(ORGANIZATION_TOPICS, DOMAIN_KAFKA)
  async onOrganizationEvents(
    @Payload() records: readonly KafkaRecord[],
    @Ctx() context: KafkaBatchContext<OrganizationTopic>,
  ): Promise<void> {
    await this.queues.process(records.map((record) => this.formatters.format(record)));
    this.metrics.consumed(context.getTopic(), records.length);
  }
}
