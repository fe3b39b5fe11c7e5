import { randomUUID } from 'node:crypto';
import {
  MESSAGE_FAILED_TOPIC,
  MESSAGE_PROCESS_TOPIC,
  NOTICE_ID_HEADER,
  QUEUE_STATUS_TOPIC,
  type MessageFailedInterface,
  type MessageInterface,
  type QueueNoticeInterface,
} from '@app/events';
import type { IHeaders, Kafka, Producer, ProducerConfig } from 'kafkajs';
import { kafkaProducerOptions } from './kafka-options.js';
import type { TransportLoggerInterface } from './transport-logger.interface.js';
import { isUnknownTopic } from './unknown-topic.js';

export interface KafkaMessageEmitterOptions {
  readonly kafka: Kafka;
  readonly topicPrefix: string;
  readonly logger: TransportLoggerInterface;
  /** `kafkaProducerOptions()` if absent. */
  readonly producer?: ProducerConfig;
}

const SEND_TIMEOUT_MS = 10_000;

/** Header of a wake-up: the `id` of the emitter that wrote it. */
export const EMITTER_HEADER = 'emitter';

/**
 * Writes wake-ups, failure events and notices to the service's own topics: JSON, keyed by the queue,
 * so that what concerns one queue stays in order.
 *
 * Resolves when all in-sync replicas have the batch, rejects after kafkajs' retries. A caller must
 * not undo its work then: the rows are the queue and the sweeper finds what no wake-up announced.
 */
export class KafkaMessageEmitter {
  /** Tells the wake-ups of this process, which has already noted them, from those of others. */
  readonly id = randomUUID();

  private producer: Producer | null = null;
  private rebuilding: Promise<void> | undefined;

  constructor(private readonly options: KafkaMessageEmitterOptions) {}

  async connect(): Promise<void> {
    this.producer = await this.connected();
  }

  async disconnect(): Promise<void> {
    const producer = this.producer;
    this.producer = null;
    await Promise.all([producer?.disconnect(), this.rebuilding?.catch(() => undefined)]);
  }

  emitProcess(messages: readonly MessageInterface[]): Promise<void> {
    return this.emit(MESSAGE_PROCESS_TOPIC, messages, { [EMITTER_HEADER]: this.id });
  }

  emitFailed(events: readonly MessageFailedInterface[]): Promise<void> {
    return this.emit(MESSAGE_FAILED_TOPIC, events);
  }

  emitNotice(notice: QueueNoticeInterface): Promise<void> {
    return this.emit(QUEUE_STATUS_TOPIC, [notice], { [NOTICE_ID_HEADER]: notice.noticeId });
  }

  private async emit(
    topic: string,
    values: readonly { readonly integrationId: string }[],
    headers?: IHeaders,
  ): Promise<void> {
    if (values.length === 0) return;
    const producer = this.producer;
    if (producer === null) throw new Error(`The Kafka producer for ${topic} is not connected.`);
    try {
      await producer.send({
        topic: `${this.options.topicPrefix}${topic}`,
        acks: -1,
        timeout: SEND_TIMEOUT_MS,
        messages: values.map((value) => ({
          key: value.integrationId,
          value: JSON.stringify(value),
          ...(headers ? { headers } : {}),
        })),
      });
    } catch (error) {
      if (isUnknownTopic(error)) await this.rebuild(producer, error);
      throw error;
    }
  }

  /**
   * A producer that has once met an unknown topic asks for it for ever, and every send of it fails,
   * also to topics that exist (https://github.com/tulios/kafkajs/issues/1622). A new one is the only
   * cure.
   */
  private rebuild(poisoned: Producer, error: unknown): Promise<void> {
    if (this.producer !== poisoned) return Promise.resolve();
    this.rebuilding ??= this.replace(poisoned, error).finally(() => (this.rebuilding = undefined));
    return this.rebuilding;
  }

  private async replace(poisoned: Producer, error: unknown): Promise<void> {
    this.options.logger.warn('producer.rebuilt', { error });
    const fresh = await this.connected();
    // Disconnected meanwhile: nobody else would close the new one.
    const unneeded = this.producer === poisoned ? poisoned : fresh;
    if (unneeded === poisoned) this.producer = fresh;
    await unneeded.disconnect().catch(() => undefined);
  }

  private async connected(): Promise<Producer> {
    const { kafka, producer: config } = this.options;
    const producer = kafka.producer(config ?? kafkaProducerOptions());
    await producer.connect();
    return producer;
  }
}
