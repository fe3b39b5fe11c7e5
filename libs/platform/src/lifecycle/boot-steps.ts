import type { Logger } from '../logging/logger.js';
import { type Clock, systemClock } from './clock.js';
import { BootStepError } from './lifecycle.errors.js';

export interface BootStep {
  /** What is done, for a person: "migrate the database". */
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

/**
 * Runs the steps of the start one after another and reports each, so that a start that hangs shows
 * where.
 * @throws BootStepError naming the step; the steps after it are not begun.
 */
export async function runBootSteps(
  logger: Logger,
  steps: readonly BootStep[],
  clock: Clock = systemClock,
): Promise<void> {
  for (const [index, { name, run }] of steps.entries()) {
    const position = `${index + 1}/${steps.length}`;
    const started = clock.monotonicMs();
    logger.info('boot_step.started', { step: name, position });
    try {
      await run();
    } catch (error) {
      throw new BootStepError(name, error);
    }
    const durationMs = Math.round(clock.monotonicMs() - started);
    logger.info('boot_step.finished', { step: name, position, durationMs });
  }
}
