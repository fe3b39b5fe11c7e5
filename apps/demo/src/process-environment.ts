/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of this process. The only place of the demonstration that reads it: everything
 * else is told.
 */
export function processEnvironment(): Environment {
  // The demonstration starts programs that inherit it, and has settings that are not the service's.
  // oxlint-disable-next-line node/no-process-env, no-restricted-properties
  return process.env;
}
