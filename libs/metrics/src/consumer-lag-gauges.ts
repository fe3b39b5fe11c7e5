import type { OrganizationTopic } from '@app/events';
import type { Collections } from './collections.js';
import type { Metrics } from './metrics.js';

/** Two small requests a topic. */
const COLLECTION = { maxAgeMs: 15_000, limitMs: 3_000 };

/** Records that wait in Kafka, read at a scrape. */
export function addConsumerLagGauges(
  metrics: Metrics,
  collections: Collections,
  read: () => Promise<ReadonlyMap<OrganizationTopic, number>>,
): void {
  metrics.gauges(
    {
      name: 'webhooks_consumer_lag_records',
      help: 'Records of a topic that the group KAFKA_GROUP_ID has not committed, over all partitions. The same on every replica: use max() by (topic).',
    },
    'topic',
    collections.of('consumer_lag', read, COLLECTION),
  );
}
