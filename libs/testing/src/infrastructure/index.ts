export { ensureDatabase } from './ensure-database.js';
export { startEmbeddedKafka, type EmbeddedKafkaOptions } from './embedded-kafka.js';
export { startEmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';
export { freePort, isFree } from './free-port.js';
export { ServerStartError, UnavailableError } from './infrastructure.errors.js';
export type { KafkaServer, LocalServer, Log, PostgresServer } from './local-server.interface.js';
export { guardProcess, type ProcessGuard } from './process-guard.js';
export { dataDirectory, projectRoot } from './project-directories.js';
export {
  resolveInfrastructure,
  type Infrastructure,
  type InfrastructureOptions,
  type Purpose,
} from './resolve-infrastructure.js';
export { metadataAnswered, queryAnswered } from './server-probes.js';
export { startKafka, startPostgres, type StartOptions } from './start-server.js';
