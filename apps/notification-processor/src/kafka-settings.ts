import type { KafkaConfiguration } from '@app/platform';
import type { KafkaSettings } from './kafka/kafka-options.js';

/** The part of the configuration that a Kafka client needs. */
export function kafkaSettingsOf(kafka: KafkaConfiguration): KafkaSettings {
  const { brokers, clientId, ssl, sasl } = kafka;
  return {
    brokers,
    clientId,
    ...(ssl === false ? {} : { ssl: ssl.ca === undefined ? {} : { ca: ssl.ca } }),
    ...(sasl === undefined ? {} : { sasl }),
  };
}
