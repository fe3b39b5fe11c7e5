/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of this process. The only place of the demonstration that reads it: everything
 * else is told.
 */
export function processEnvironment(): Environment {
  return process.env;
}
