export {
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
  type PortsConfiguration,
  type ReachableConfiguration,
  type RecoveryConfiguration,
  type RecoveryMode,
  type RolesConfiguration,
  type SaslConfiguration,
  type SaslMechanism,
  type SweepConfiguration,
  type TlsTrust,
} from './configuration/configuration.js';
export {
  ConfigurationError,
  type ConfigurationFault,
} from './configuration/configuration.errors.js';
export { ConfigurationModule } from './configuration/configuration.module.js';
export {
  loadConfiguration,
  loadProcessConfiguration,
  type LoadOptions,
} from './configuration/load-configuration.js';
export { VARIABLE_GROUPS, VARIABLES, type VariableName } from './configuration/variables.js';
export type { Variable } from './configuration/variable.js';
