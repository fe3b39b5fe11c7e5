/** One refused environment variable. */
export interface ConfigurationFault {
  readonly name: string;
  /** As given, secrets masked; undefined where the variable is missing. */
  readonly value: string | undefined;
  readonly expected: string;
}

/** All faults of the environment at once; the message lists them, one line each. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'CONFIGURATION_INVALID';

  constructor(readonly faults: readonly ConfigurationFault[]) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    super(`The configuration has ${count}:\n${faults.map(describe).join('\n')}`);
  }
}

function describe({ name, value, expected }: ConfigurationFault): string {
  const given = value === undefined ? 'is missing' : `is "${value}"`;
  return `  ${name} ${given}; expected ${expected}`;
}
