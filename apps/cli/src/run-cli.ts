import { CommanderError } from 'commander';
import { errorText } from './error-text.js';
import { createProgram } from './program.js';
import type { TerminalInterface } from './terminal.interface.js';

const FAILED = 1;
const WRONG_USAGE = 2;

/**
 * Runs one command and returns the exit code: 0 done, 1 failed, 2 wrong usage, that is a command
 * line that cannot be meant, whatever the database holds.
 */
export async function runCli(
  args: readonly string[],
  terminal: TerminalInterface,
): Promise<number> {
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has written its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    terminal.err(`error: ${errorText(error)}\n`);
    return FAILED;
  }
}
