export {
  ApiConfiguration,
  type ApiSettings,
  CliConfiguration,
  Configuration,
  type DatabaseConfiguration,
  type DeliveryConfiguration,
  type DispatchConfiguration,
  type IngestConfiguration,
  type KafkaConfiguration,
  type LifecycleConfiguration,
  type LogConfiguration,
  type LogFormat,
  type LogLevel,
  type OperatorWebhookConfiguration,
  type OperatorConfiguration,
  type PortsConfiguration,
  type ReachableConfiguration,
  type RecoveryConfiguration,
  type RecoveryMode,
  type RetentionConfiguration,
  type RedriveConfiguration,
  type RolesConfiguration,
  type SaslConfiguration,
  type SaslMechanism,
  type SecretsKeysConfiguration,
  type SigningKeyConfiguration,
  type SweepConfiguration,
  type TlsTrust,
  type TokensConfiguration,
  type TracingConfiguration,
} from './configuration/configuration.js';
export {
  ConfigurationError,
  type ConfigurationFault,
} from './configuration/configuration.errors.js';
export { configurationOrExit } from './configuration/configuration-or-exit.js';
export { ConfigurationModule } from './configuration/configuration.module.js';
export {
  loadConfiguration,
  loadProcessConfiguration,
  type LoadOptions,
  type ProcessKind,
} from './configuration/load-configuration.js';
export { parsedUrl } from './configuration/parsed-url.js';
export { VARIABLE_GROUPS, VARIABLES, type VariableName } from './configuration/variables.js';
export type { Variable } from './configuration/variable.js';
export { HealthController } from './health/health.controller.js';
export { Readiness, type ReadinessReport } from './health/readiness.js';
export { Clock, systemClock } from './lifecycle/clock.js';
export { type BootStep, runBootSteps } from './lifecycle/boot-steps.js';
export { certificateFault } from './lifecycle/certificate-fault.js';
export { BootStepError, PortTakenError, WaitTimeoutError } from './lifecycle/lifecycle.errors.js';
export { listen } from './lifecycle/listen.js';
export {
  ShutdownSequence,
  type ShutdownOptions,
  type ShutdownStep,
} from './lifecycle/shutdown-sequence.js';
export { type FailedAttempt, type WaitOptions, waitUntil } from './lifecycle/wait-until.js';
export { LimitReached, withinLimit } from './lifecycle/within-limit.js';
export { createLogger, type LogDestination } from './logging/create-logger.js';
export { endOnUncaughtErrors, endProcess } from './logging/end-process.js';
export { errorFields, type ErrorFields } from './logging/error-fields.js';
export { Logger, type LogEvent, type LogFields } from './logging/logger.js';
export { LoggingModule } from './logging/logging.module.js';
export { NestLogger } from './logging/nest-logger.js';
