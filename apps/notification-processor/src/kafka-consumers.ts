import { subscribedTopics } from '@app/events';
import { Configuration, Logger } from '@app/platform';
import { Injectable } from '@nestjs/common';
import { kafkaSettingsOf } from './kafka-settings.js';
import { BatchServerKafka } from './kafka/batch-server-kafka.js';
import {
  type ConsumerFailure,
  type ConsumerStatus,
  ConsumerSupervisor,
} from './kafka/consumer-supervision.js';
import { kafkaServerOptions } from './kafka/kafka-options.js';
import { DOMAIN_KAFKA, INTERNAL_KAFKA } from './kafka/kafka-transports.js';

/** Batches under way at the same time; together they fill the transactions of the group commit. */
const PARTITIONS_AT_ONCE = 32;

interface SupervisedServer {
  readonly server: BatchServerKafka;
  readonly supervisor: ConsumerSupervisor;
}

/**
 * The Kafka consumers of this process: the domain's for the role `ingest`, the wake-ups' for the
 * role `deliver`. They are two groups, so that one in trouble does not stop the other. A consumer
 * that will not come back has to end the process, which would look alive and do nothing.
 */
@Injectable()
export class KafkaConsumers {
  readonly domain: SupervisedServer | undefined;
  readonly wakeUps: SupervisedServer | undefined;
  private failureListener: ((failure: ConsumerFailure) => void) | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly logger: Logger,
  ) {
    const { roles, kafka, dispatch } = configuration;
    const topics = (): readonly string[] => subscribedTopics(dispatch);
    if (roles.ingest) this.domain = this.create('domain', DOMAIN_KAFKA, kafka.groupId, topics);
    if (roles.deliver) {
      this.wakeUps = this.create('wake-ups', INTERNAL_KAFKA, kafka.wakeupGroupId);
    }
  }

  get servers(): BatchServerKafka[] {
    return this.all.map(({ server }) => server);
  }

  statuses(): ConsumerStatus[] {
    return this.all.map(({ supervisor }) => supervisor.status());
  }

  /** The listener is called when a consumer will not come back; it should end the process. */
  onFailure(listener: (failure: ConsumerFailure) => void): void {
    this.failureListener = listener;
  }

  private get all(): SupervisedServer[] {
    return [this.domain, this.wakeUps].filter((one) => one !== undefined);
  }

  private create(
    name: string,
    transportId: symbol,
    groupId: string,
    topics?: () => readonly string[],
  ): SupervisedServer {
    const logger = this.logger.child('kafka');
    const { kafka, ingest } = this.configuration;
    const supervisor = new ConsumerSupervisor({
      name,
      logger,
      // Later in this turn kafkajs may still plan a restart, which closing the consumer takes back.
      onFailure: (failure) => void setImmediate(() => this.failureListener?.(failure)),
    });
    const server = new BatchServerKafka({
      transportId,
      kafka: kafkaServerOptions(kafkaSettingsOf(kafka), groupId, logger),
      topicPrefix: kafka.topicPrefix,
      ...(topics ? { topics } : {}),
      batchSize: ingest.batchSize,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      logger,
      onConsumer: (consumer) => supervisor.attach(consumer),
    });
    return { server, supervisor };
  }
}
