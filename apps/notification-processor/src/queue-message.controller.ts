import { MESSAGE_PROCESS_TOPIC, type KafkaRecord } from '@app/events';
import { ReadyQueues } from '@app/queue';
import { Controller, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { isUUID } from 'class-validator';
import { EMITTER_HEADER, KafkaMessageEmitter } from './kafka/kafka-message.emitter.js';
import { INTERNAL_KAFKA } from './kafka/kafka-transports.js';
import { RpcErrorFilter } from './kafka/rpc-error.filter.js';

/**
 * ⑤ Takes wake-ups from the other replicas. Only a hint: it is noted and the offset moves on; a
 * value that is none is ignored, because the sweeper misses nothing. What this process has emitted
 * itself was noted before, and noting it again would cost a claim that finds nothing.
 */
@Controller()
@UseFilters(RpcErrorFilter)
export class QueueMessageController {
  constructor(
    private readonly ready: ReadyQueues,
    private readonly emitter: KafkaMessageEmitter,
  ) {}

  @EventPattern<readonly string[]>([MESSAGE_PROCESS_TOPIC], INTERNAL_KAFKA)
  onWakeUps(@Payload() records: readonly KafkaRecord[]): void {
    const others = records.filter(({ headers }) => !this.isOwn(headers[EMITTER_HEADER]));
    if (others.length > 0) this.ready.add(others.flatMap(queueIdOf));
  }

  private isOwn(emitter: KafkaRecord['headers'][string]): boolean {
    return emitter !== undefined && String(emitter) === this.emitter.id;
  }
}

function queueIdOf({ value }: KafkaRecord): string[] {
  try {
    const message: unknown = JSON.parse(value?.toString('utf8') ?? '');
    if (typeof message !== 'object' || message === null) return [];
    const { integrationId } = message as { readonly integrationId?: unknown };
    return isUUID(integrationId) ? [integrationId as string] : [];
  } catch {
    return [];
  }
}
