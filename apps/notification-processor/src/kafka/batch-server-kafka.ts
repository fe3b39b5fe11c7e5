import type { KafkaRecord } from '@app/events';
import {
  BaseRpcContext,
  ServerKafka,
  type CustomTransportStrategy,
  type MessageHandler,
} from '@nestjs/microservices';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { isObservable, lastValueFrom } from 'rxjs';
import { handleBatch } from './batch-handling.js';
import { createKafka } from './kafka-client.js';
import type { KafkaServerOptions } from './kafka-options.js';
import type { TransportLoggerInterface } from './transport-logger.interface.js';

/** What guards and interceptors of a batch handler see: where the batch came from. */
export class KafkaBatchContext<Topic extends string = string> extends BaseRpcContext<
  [topic: Topic, partition: number]
> {
  /** Without the prefix; one of those that the handler is registered for. */
  getTopic(): Topic {
    return this.args[0];
  }

  getPartition(): number {
    return this.args[1];
  }
}

export interface BatchServerKafkaOptions {
  /** Handlers of `@EventPattern(topics, transportId)` are bound to this server. */
  readonly transportId: symbol;
  readonly kafka: KafkaServerOptions;
  /** Stands before every topic on the broker; handlers and records never see it. */
  readonly topicPrefix: string;
  /** Chooses what to subscribe among the registered topics; all of them if absent. */
  readonly topics?: (registered: readonly string[]) => readonly string[];
  readonly batchSize: number;
  readonly partitionsConsumedConcurrently: number;
  readonly logger: TransportLoggerInterface;
  /** Called with the consumer before it connects, so that not one of its events is missed. */
  readonly onConsumer?: (consumer: Consumer) => void;
}

/**
 * A Nest strategy whose event handlers take `readonly KafkaRecord[]`: up to `batchSize` undecoded
 * records of one partition, in order, as one call.
 *
 * The handler's promise means "committed in the database": only then does the offset move. See
 * `handleBatch` for what happens when it rejects. With no topic to subscribe it does not connect.
 */
export class BatchServerKafka extends ServerKafka implements CustomTransportStrategy {
  private readonly closing = new AbortController();
  private readonly kafka: Kafka;

  constructor(private readonly batch: BatchServerKafkaOptions) {
    super(batch.kafka);
    this.setTransportId(batch.transportId);
    this.kafka = createKafka(batch.kafka.client, batch.logger);
  }

  override createClient<T>(): Promise<T> {
    return Promise.resolve(this.kafka as T);
  }

  /** Unlike its parent it makes no producer: nothing answers an event. */
  override async start(callback: () => void): Promise<void> {
    if (this.subscribedTopics().length > 0) {
      const consumer = this.kafka.consumer(this.batch.kafka.consumer);
      this.consumer = consumer;
      this.batch.onConsumer?.(consumer);
      this.registerConsumerEventListeners();
      await consumer.connect();
      await this.bindEvents(consumer);
    }
    callback();
  }

  override async bindEvents(consumer: Parameters<ServerKafka['bindEvents']>[0]): Promise<void> {
    const { kafka, topicPrefix, partitionsConsumedConcurrently } = this.batch;
    const topics = this.subscribedTopics().map((topic) => `${topicPrefix}${topic}`);
    await consumer.subscribe({ ...kafka.subscribe, topics });
    await consumer.run({
      ...kafka.run,
      partitionsConsumedConcurrently,
      // Else kafkajs would resolve the records that a stopping handler has not seen.
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.consumeBatch(payload),
    });
  }

  /** Ends the pause of a failing handler and waits for running ones, then leaves the group. */
  override async close(): Promise<void> {
    this.closing.abort();
    await super.close();
  }

  private subscribedTopics(): readonly string[] {
    const registered = [...this.messageHandlers.keys()];
    return this.batch.topics?.(registered) ?? registered;
  }

  private consumeBatch(payload: EachBatchPayload): Promise<void> {
    const { kafka, topicPrefix, batchSize, logger } = this.batch;
    const topic = payload.batch.topic.slice(topicPrefix.length);
    const handler = this.getHandlerByPattern(topic);
    if (handler === null) throw new Error(`No handler for the subscribed topic ${topic}.`);
    const context = new KafkaBatchContext([topic, payload.batch.partition]);
    return handleBatch(payload, (records) => this.callHandler(handler, records, context), {
      batchSize,
      topicPrefix,
      logger,
      heartbeatIntervalMs: kafka.consumer.heartbeatInterval,
      closing: this.closing.signal,
    });
  }

  private async callHandler(
    handler: MessageHandler,
    records: readonly KafkaRecord[],
    context: KafkaBatchContext,
  ): Promise<void> {
    const result: unknown = await handler(records, context);
    // A handler may return a stream that is empty: that is success too.
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  }
}
