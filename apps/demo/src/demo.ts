import { ConfigurationError } from '@app/platform';
import { Cleanup } from './cleanup.js';
import { LostError } from './demo.errors.js';
import type { DemoHost } from './demo-host.interface.js';
import type { DemoOptions } from './demo-options.js';
import { newRun, removeOldLogs } from './demo-run.js';
import { diagnose } from './diagnosis.js';
import { Output } from './output.js';
import { play, type Expectation } from './scenario/scenario.js';
import { setUp, type Progress, type Surroundings } from './setting-up.js';
import { stay } from './staying.js';
import { allHeld, showSummary } from './summary.js';

/**
 * The whole demonstration. `interrupted` is aborted when the user has enough; whatever was made up
 * to then is removed again.
 *
 * @returns whether every expectation held, and nothing was left behind.
 */
export async function runDemo(
  options: DemoOptions,
  host: DemoHost,
  interrupted: AbortSignal,
): Promise<boolean> {
  const output = new Output(host.stream, host.environment);
  const cleanup = new Cleanup();
  const lost = new AbortController();
  removeOldLogs(host.directory);
  const around: Surroundings = {
    options,
    host,
    output,
    cleanup,
    run: newRun(host.directory),
    signal: AbortSignal.any([interrupted, lost.signal]),
    lose: (reason) => lost.abort(new LostError(reason)),
    progress: { logs: [] },
  };
  const held = await perform(around, interrupted);
  // Stopping what was started is no loss.
  if (interrupted.aborted) output.line('\nInterrupted: removing what was made …');
  const failures = await cleanup.run();
  for (const failure of failures) output.line(output.paint('red', `could not ${failure}`));
  return held && failures.length === 0;
}

async function perform(around: Surroundings, interrupted: AbortSignal): Promise<boolean> {
  const { output, options } = around;
  const expectations: Expectation[] = [];
  try {
    const readied = await setUp(around);
    await play(readied.stage, expectations);
    showSummary(output, expectations);
    output.line(`${output.seconds()} s in all.`);
    if (options.stay) await stay(around, readied);
    return allHeld(expectations);
  } catch (error) {
    if (interrupted.aborted) return false;
    await explain(around, error, around.progress);
    if (expectations.length > 0) showSummary(output, expectations);
    return false;
  }
}

/** A refused configuration and missing servers explain themselves. */
async function explain(
  { output, signal }: Surroundings,
  error: unknown,
  { logs, operator }: Progress,
): Promise<void> {
  if (error instanceof ConfigurationError) {
    output.line(error.message);
    return;
  }
  // A command line has nothing to ask when the servers are gone; it says so quickly.
  const cause: unknown = signal.aborted ? signal.reason : error;
  await diagnose(output, cause, logs, operator);
}
