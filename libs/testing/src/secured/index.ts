export {
  startSecuredKafka,
  type SecuredKafka,
  type SecuredKafkaOptions,
  type TestSaslMechanism,
} from './secured-kafka.js';
export { startSecuredPostgres, type SecuredPostgres } from './secured-postgres.js';
