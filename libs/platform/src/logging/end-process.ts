import type { Logger } from './logger.js';

/**
 * Writes a last line that says why, waits until it is out, and ends the process with code 1. For
 * what cannot be survived: a refused configuration, a consumer that will not come back.
 * @param exit replaced in specs.
 */
export async function endProcess(
  logger: Logger,
  reason: string,
  error?: unknown,
  exit: (code: number) => void = (code) => process.exit(code),
): Promise<void> {
  logger.fatal('process.ended', { message: `The process ends: ${reason}`, reason, error });
  await logger.flush();
  exit(1);
}

/**
 * Ends the process on an error that nobody caught: its state is unknown, and an orchestrator starts
 * a fresh one. @returns a function that stops listening.
 */
export function endOnUncaughtErrors(logger: Logger, exit?: (code: number) => void): () => void {
  const onException = (error: unknown) => {
    void endProcess(logger, 'an error was not caught', error, exit);
  };
  const onRejection = (error: unknown) => {
    void endProcess(logger, 'a rejected promise was not handled', error, exit);
  };
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onRejection);
  return () => {
    process.off('uncaughtException', onException);
    process.off('unhandledRejection', onRejection);
  };
}
