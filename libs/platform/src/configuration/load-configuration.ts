import {
  assembleApiConfiguration,
  assembleCliConfiguration,
  assembleConfiguration,
  assembleOperatorConfiguration,
} from './assemble-configuration.js';
import type {
  ApiConfiguration,
  CliConfiguration,
  Configuration,
  OperatorConfiguration,
} from './configuration.js';
import { ConfigurationError } from './configuration.errors.js';
import { crossFaults, crossWarnings, reconcileDefaults, type Values } from './cross-rules.js';
import { parseVariables } from './parse-variables.js';
import { unknownVariables } from './unknown-variables.js';
import type { Variable } from './variable.js';
import { VARIABLES, type VariableName, VARIABLES_OF } from './variables.js';

/** Every process reads its part of the table; the rest is not even looked at. */
interface Configurations {
  readonly processor: Configuration;
  readonly api: ApiConfiguration;
  readonly cli: CliConfiguration;
  readonly operator: OperatorConfiguration;
}

export type ProcessKind = keyof Configurations;

export interface LoadOptions<Kind extends ProcessKind = ProcessKind> {
  readonly for: Kind;
}

/**
 * Reads and checks the environment, for the processor where nothing else is said.
 * @throws ConfigurationError listing every fault at once.
 */
export function loadConfiguration<Kind extends ProcessKind = 'processor'>(
  env: NodeJS.ProcessEnv,
  options?: LoadOptions<Kind>,
): Configurations[Kind];
export function loadConfiguration(
  env: NodeJS.ProcessEnv,
  options: LoadOptions = { for: 'processor' },
): Configurations[ProcessKind] {
  const parsed = parseVariables(tableOf(options.for), env);
  const values = reconcileDefaults(parsed.values, parsed.given);
  const refused = new Set(parsed.faults.map(({ name }) => name.replace(/_FILE$/, '')));
  const crossed = crossFaults(values, parsed.given).filter(({ name }) => !refused.has(name));
  const faults = [...parsed.faults, ...crossed];
  if (faults.length > 0) throw new ConfigurationError(faults);
  const warnings = [...unknownVariables(env, knownNames()), ...crossWarnings(values, parsed.given)];
  // Without faults every variable of the table has its value, and assembling reads no other.
  const complete = values as Values;
  switch (options.for) {
    case 'cli':
      return assembleCliConfiguration(complete, warnings);
    case 'operator':
      return assembleOperatorConfiguration(complete, warnings);
    case 'api':
      return assembleApiConfiguration(complete, warnings, {
        isProduction: env.NODE_ENV === 'production',
      });
    case 'processor':
      return assembleConfiguration(complete, warnings);
  }
}

/** As {@link loadConfiguration}, from the environment of this process. */
export function loadProcessConfiguration<Kind extends ProcessKind = 'processor'>(
  options?: LoadOptions<Kind>,
): Configurations[Kind] {
  return loadConfiguration(process.env, options);
}

function tableOf(kind: ProcessKind): Readonly<Record<string, Variable<unknown>>> {
  const names: readonly VariableName[] = VARIABLES_OF[kind];
  return Object.fromEntries(names.map((name) => [name, VARIABLES[name]]));
}

function knownNames(): string[] {
  return Object.entries<Variable<unknown>>(VARIABLES).flatMap(([name, { secret }]) =>
    secret ? [name, `${name}_FILE`] : [name],
  );
}
