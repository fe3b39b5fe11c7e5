import { setTimeout as wait } from 'node:timers/promises';
import { isDataError } from './data-error.js';
import type { QueueLogInterface } from './queue-log.interface.js';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

/**
 * Writes outcomes, again and again while the database is away, for as long as this process lives: the
 * fencing token decides whether they still count, so a late record is safe, and an outage costs no second
 * delivery. `isAgain`: an earlier try may have been committed although it failed here.
 *
 * Rejects only where the data is to blame.
 */
export async function untilStored<Result>(
  outcomes: number,
  log: QueueLogInterface,
  write: (isAgain: boolean) => Promise<Result>,
  isAgain = false,
): Promise<Result> {
  let again = isAgain;
  for (let delayMs = FIRST_RETRY_MS; ; delayMs = Math.min(delayMs * 2, LAST_RETRY_MS)) {
    try {
      return await write(again);
    } catch (error) {
      if (isDataError(error)) throw error;
      again = true;
      log.error('outcome.not_recorded', { error, outcomes, delayMs });
      await wait(delayMs);
    }
  }
}
