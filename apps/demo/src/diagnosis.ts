import type { OperatorCommands } from './operator-commands.js';
import type { Output } from './output.js';
import type { ServiceLog } from './service-log.js';

const LINES = 15;
const WIDTH = 400;
const LIST_LIMIT_MS = 10_000;

/** Shows what somebody needs to understand a demonstration that did not go on. */
export async function diagnose(
  output: Output,
  error: unknown,
  logs: readonly ServiceLog[],
  operator: OperatorCommands | undefined,
): Promise<void> {
  output.heading('Something went wrong');
  output.note(output.paint('red', error instanceof Error ? error.message : String(error)));
  for (const log of logs) {
    output.note(`The end of the log ${log.path}:`);
    for (const line of log.tail(LINES)) output.note(output.paint('dim', line.slice(0, WIDTH)));
  }
  if (!operator) return;
  try {
    for (const queue of await operator.queues(AbortSignal.timeout(LIST_LIMIT_MS))) {
      output.note(output.paint('dim', JSON.stringify(queue)));
    }
  } catch (failure) {
    output.note(failure instanceof Error ? failure.message : String(failure));
  }
}
