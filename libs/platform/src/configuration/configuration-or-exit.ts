import { ConfigurationError } from './configuration.errors.js';
import {
  loadProcessConfiguration,
  type LoadOptions,
  type ProcessKind,
} from './load-configuration.js';

/**
 * The configuration of this process. One that is refused is told without a log line's dress, because a
 * person has to read it, and ends the process with code 1.
 */
export function configurationOrExit<Kind extends ProcessKind>(
  options: LoadOptions<Kind>,
): ReturnType<typeof loadProcessConfiguration<Kind>> {
  try {
    return loadProcessConfiguration(options);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
