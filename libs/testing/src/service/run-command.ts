import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { compiledProgram } from './compiled-program.js';
import { recordPrinted, recordSecretVariables } from './printed-record.js';
import type { ServiceEnvironment } from './service-process.js';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the operator's command line, `--json` added. */
export async function runCommand(
  environment: ServiceEnvironment,
  args: readonly string[],
): Promise<CommandResult> {
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH };
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined) env[name] = value;
  recordSecretVariables(environment);
  const child = spawn(process.execPath, [compiledProgram('cli'), ...args, '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  // Standard output may show a secret: once, to whom it is for.
  recordPrinted(stderr);
  return { code, stdout, stderr };
}
