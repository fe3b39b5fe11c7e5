import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Whether a program is on this machine, by a command that succeeds where it is. */
export function isThere(...[program = '', ...args]: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** Runs a program to its end and returns its standard output. @throws Error with what it said where it fails. */
export async function run(command: readonly string[], directory?: string): Promise<string> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** Runs a script with bash, in which the variables are set, and returns its standard output. */
export function bash(script: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const quoted = (value: string): string => `'${value.replaceAll("'", String.raw`'\''`)}'`;
  const exports = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
  return run(['bash', '-euo', 'pipefail', '-c', [...exports, script].join('\n')]);
}

/** What runs the examples for a shell; empty on a machine that has no bash or no curl. */
export const shells: readonly string[] = ['bash'].filter(
  (shell) => isThere(shell, '--version') && isThere('curl', '--version'),
);
