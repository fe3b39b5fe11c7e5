import { spawn } from 'node:child_process';

const HEARTBEAT_MS = 10_000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** A step that failed in a way that its message explains; no stack is of use. */
export class StepError extends Error {}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a program, all of its output on standard error, with a sign of life every 10 s. A signal to this
 * process ends the program too.
 * @param {{ title: string, file: string, args: string[], cwd: string, env?: object,
 *   started?: (pid: number) => void }} step
 */
export async function runStep({ title, file, args, cwd, env = process.env, started }) {
  const begin = Date.now();
  const seconds = () => Math.round((Date.now() - begin) / 1000);
  say(`${title} …`);
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 2, 2] });
  if (child.pid) started?.(child.pid);
  const heartbeat = setInterval(() => say(`… ${seconds()} s`), HEARTBEAT_MS);
  const end = (signal) => {
    child.kill(signal);
    // Through process.exit, so that locks are released.
    process.exit(SIGNALS[signal]);
  };
  for (const signal of Object.keys(SIGNALS)) process.on(signal, end);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signal) => resolve(signal ?? status));
    });
    if (code !== 0)
      throw new StepError(`${title}: failed (${code}) after ${seconds()} s, see above`);
  } catch (error) {
    throw error instanceof StepError ? error : new StepError(`${title}: ${error.message}`);
  } finally {
    clearInterval(heartbeat);
    for (const signal of Object.keys(SIGNALS)) process.off(signal, end);
  }
}
