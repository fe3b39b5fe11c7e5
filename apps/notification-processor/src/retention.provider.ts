import { DataSource, RetentionJob, RetentionStore } from '@app/database';
import { subscribedTopics } from '@app/events';
import { Configuration, Logger } from '@app/platform';
import type { Provider } from '@nestjs/common';
import { kafkaSettingsOf } from './kafka-settings.js';
import { createKafka } from './kafka/kafka-client.js';
import { kafkaProbeOptions } from './kafka/kafka-options.js';
import { RedeliveryHorizon } from './kafka/redelivery-horizon.js';

/** Partitions of the days to come, and the end of those that are past. */
export const RETENTION: Provider = {
  provide: RetentionJob,
  inject: [DataSource, Configuration, Logger],
  useFactory: (
    dataSource: DataSource,
    { retention, kafka, dispatch }: Configuration,
    logger: Logger,
  ) => {
    const log = logger.child('retention');
    const horizon = new RedeliveryHorizon({
      kafka: createKafka(kafkaProbeOptions(kafkaSettingsOf(kafka), log), log),
      topics: subscribedTopics(dispatch).map((topic) => `${kafka.topicPrefix}${topic}`),
      logger: log,
    });
    const options = { days: retention.days, redeliveredForDays: () => horizon.days() };
    return new RetentionJob(new RetentionStore(dataSource), options, log);
  },
};
