import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { projectRoot } from '@app/testing/infrastructure';
import type { Mutation, Proof } from './mutations.js';

export interface Proven {
  readonly name: string;
  /** The proof failed, and said what it had to say. */
  readonly isCaught: boolean;
  readonly seconds: number;
  /** What was printed, for those who want to know why not. */
  readonly output: string;
}

const LEFT_BEHIND = new Set(['node_modules', 'dist', '.git', '.data']);

/** Takes the protection out of a copy of the project, builds that, and has it fail. */
export async function proveMutation(mutation: Mutation): Promise<Proven> {
  const startedAt = performance.now();
  const copy = mkdtempSync(join(tmpdir(), 'webhooks-mutation-'));
  try {
    copyProject(copy);
    for (const { file, from, to } of mutation.edits) {
      const path = join(copy, file);
      writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    }
    const built = await run(['scripts/run.mjs', 'build'], copy);
    if (built.code !== 0) throw new Error(`${mutation.name} does not build:\n${built.output}`);
    const { code, output } = await run(argumentsOf(mutation.proof), copy);
    const isCaught = code !== 0 && mutation.says.test(output);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    return { name: mutation.name, isCaught, seconds, output };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function copyProject(copy: string): void {
  const root = projectRoot();
  cpSync(root, copy, {
    recursive: true,
    filter: (source) => source === root || !LEFT_BEHIND.has(basename(source)),
  });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
}

function argumentsOf(proof: Proof): string[] {
  if ('chaos' in proof) return ['scripts/run.mjs', 'test:chaos', ...proof.chaos];
  const named = proof.named === undefined ? [] : ['--testNamePattern', proof.named];
  return ['node_modules/vitest/vitest.mjs', 'run', proof.specs, ...named];
}

async function run(args: string[], cwd: string): Promise<{ code: number | null; output: string }> {
  const options: SpawnOptions = { cwd, stdio: ['ignore', 'pipe', 'pipe'] };
  const child = spawn(process.execPath, args, options);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
