import { assembleCliConfiguration, assembleConfiguration } from './assemble-configuration.js';
import type { CliConfiguration, Configuration } from './configuration.js';
import { ConfigurationError } from './configuration.errors.js';
import { crossFaults, crossWarnings, reconcileDefaults, type Values } from './cross-rules.js';
import { parseVariables } from './parse-variables.js';
import { unknownVariables } from './unknown-variables.js';
import type { Variable } from './variable.js';
import { VARIABLES } from './variables.js';

/** `cli` needs no broker: it reads the database, the key, and how deliveries go out and recover. */
export interface LoadOptions {
  readonly for: 'processor' | 'cli';
}

/** The part of the table that a command line reads; the rest is not even looked at. */
const CLI_VARIABLES: Readonly<Record<string, Variable<unknown>>> = {
  DATABASE_URL: VARIABLES.DATABASE_URL,
  DATABASE_SSL: VARIABLES.DATABASE_SSL,
  DATABASE_SSL_CA_FILE: VARIABLES.DATABASE_SSL_CA_FILE,
  DATABASE_POOL_SIZE: VARIABLES.DATABASE_POOL_SIZE,
  DATABASE_MIGRATE: VARIABLES.DATABASE_MIGRATE,
  SECRETS_KEY: VARIABLES.SECRETS_KEY,
  DELIVERY_ALLOW_HTTP: VARIABLES.DELIVERY_ALLOW_HTTP,
  DELIVERY_ALLOWED_NETWORKS: VARIABLES.DELIVERY_ALLOWED_NETWORKS,
  RECOVERY_MODE: VARIABLES.RECOVERY_MODE,
};

/**
 * Reads and checks the environment.
 * @throws ConfigurationError listing every fault at once.
 */
export function loadConfiguration(
  env: NodeJS.ProcessEnv,
  options: { readonly for: 'cli' },
): CliConfiguration;
export function loadConfiguration(env: NodeJS.ProcessEnv, options?: LoadOptions): Configuration;
export function loadConfiguration(
  env: NodeJS.ProcessEnv,
  options: LoadOptions = { for: 'processor' },
): CliConfiguration | Configuration {
  const table = options.for === 'cli' ? CLI_VARIABLES : VARIABLES;
  const parsed = parseVariables<Readonly<Record<string, Variable<unknown>>>>(table, env);
  const values = reconcileDefaults(parsed.values, parsed.given);
  const refused = new Set(parsed.faults.map(({ name }) => name.replace(/_FILE$/, '')));
  const crossed = crossFaults(values, parsed.given).filter(({ name }) => !refused.has(name));
  const faults = [...parsed.faults, ...crossed];
  if (faults.length > 0) throw new ConfigurationError(faults);
  const warnings = [...unknownVariables(env, knownNames()), ...crossWarnings(values, parsed.given)];
  // Without faults every variable of the table has its value, and assembling reads no other.
  return options.for === 'cli'
    ? assembleCliConfiguration(values as Values, warnings)
    : assembleConfiguration(values as Values, warnings);
}

/** As {@link loadConfiguration}, from the environment of this process. */
export function loadProcessConfiguration(options: { readonly for: 'cli' }): CliConfiguration;
export function loadProcessConfiguration(options?: LoadOptions): Configuration;
export function loadProcessConfiguration(
  options: LoadOptions = { for: 'processor' },
): CliConfiguration | Configuration {
  return loadConfiguration(process.env, options);
}

function knownNames(): string[] {
  return Object.entries<Variable<unknown>>(VARIABLES).flatMap(([name, { secret }]) =>
    secret ? [name, `${name}_FILE`] : [name],
  );
}
