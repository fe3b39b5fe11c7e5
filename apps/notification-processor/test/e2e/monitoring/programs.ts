import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Those of the programs that are on this machine: what needs another one is not tested. */
export const programsHere = (...programs: readonly string[]): readonly string[] =>
  programs.filter((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0);

/**
 * Runs a program to its end, with a text as its standard input, and returns what it printed.
 * @throws Error with that where it fails.
 */
export async function run(
  program: string,
  args: readonly string[],
  { directory, input = '' }: { readonly directory?: string; readonly input?: string },
): Promise<string> {
  const child = spawn(program, args, { cwd: directory, stdio: 'pipe' });
  child.stdin.end(input);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}
