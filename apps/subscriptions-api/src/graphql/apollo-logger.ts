import type { Logger } from '@app/platform';

/** What Apollo Server writes its own lines to. */
interface ApolloLogger {
  debug(message: unknown): void;
  info(message: unknown): void;
  warn(message: unknown): void;
  error(message: unknown): void;
}

/**
 * Gives Apollo's lines the form of all others. Its warnings are about options that are set as they are
 * for a reason, so only its errors are of interest to an operator.
 */
export function apolloLogger(logger: Logger): ApolloLogger {
  const chatter = (message: unknown): void => logger.debug('apollo.reported', { message });
  return {
    debug: chatter,
    info: chatter,
    warn: chatter,
    error: (message) => logger.error('apollo.reported', { message }),
  };
}
