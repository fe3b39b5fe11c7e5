import { DataSource, poolUsage } from '@app/database';
import { subscribedTopics } from '@app/events';
import {
  addConsumerLagGauges,
  addInFlightGauge,
  addPoolGauges,
  addQueueGauges,
  Collections,
  Metrics,
} from '@app/metrics';
import { Configuration, Logger } from '@app/platform';
import { QueueScheduler, QueueTotalsQuery } from '@app/queue';
import { Injectable } from '@nestjs/common';
import { kafkaSettingsOf } from './kafka-settings.js';
import { ConsumerLagReader } from './kafka/consumer-lag.reader.js';
import { createKafka } from './kafka/kafka-client.js';
import { kafkaScrapeOptions } from './kafka/kafka-options.js';

/** What `/metrics` reads of the parts of this process, of the database and of the broker. */
@Injectable()
export class ProcessorMetrics {
  private readonly lag: ConsumerLagReader<ReturnType<typeof subscribedTopics>[number]>;

  constructor(
    metrics: Metrics,
    dataSource: DataSource,
    scheduler: QueueScheduler,
    configuration: Configuration,
    logger: Logger,
  ) {
    const { kafka, dispatch } = configuration;
    const log = logger.child('metrics');
    this.lag = new ConsumerLagReader({
      kafka: createKafka(kafkaScrapeOptions(kafkaSettingsOf(kafka), log), log),
      groupId: kafka.groupId,
      topics: subscribedTopics(dispatch),
      topicPrefix: kafka.topicPrefix,
    });
    const collections = new Collections(metrics, log);
    // Read in this order: the statement of a scrape is not to be seen waiting for a connection.
    addPoolGauges(metrics, () => poolUsage(dataSource));
    addInFlightGauge(metrics, () => scheduler.inFlight);
    addQueueGauges(metrics, collections, new QueueTotalsQuery(dataSource));
    addConsumerLagGauges(metrics, collections, () => this.lag.read());
  }

  /** Gives up the connection to the broker. */
  close(): void {
    this.lag.close();
  }
}
