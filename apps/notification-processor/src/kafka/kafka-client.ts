import { Kafka, type KafkaConfig } from 'kafkajs';
import { registerCompressionCodecs } from './compression/compression-codecs.js';
import { patchKafkajs } from './kafkajs-patches.js';
import type { TransportLoggerInterface } from './transport-logger.interface.js';

/**
 * The only place that makes a Kafka client, so that no connection exists without the corrections of
 * kafkajs and without the codecs that platform producers may use.
 */
export function createKafka(config: KafkaConfig, logger: TransportLoggerInterface): Kafka {
  patchKafkajs(logger);
  registerCompressionCodecs(logger);
  return new Kafka(config);
}
