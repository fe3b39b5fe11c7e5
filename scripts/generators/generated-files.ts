import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Generator } from './generator.interface.js';

/** What is wrong with one generated file, or nothing. */
export interface GeneratedFile {
  readonly file: string;
  /** One sentence that ends with the command to run; absent where the file is as it should be. */
  readonly fault?: string;
}

/** Compares every generated file with what its generator gives now; writes nothing. */
export async function checkGenerated(
  generators: readonly Generator[],
  root: string,
): Promise<GeneratedFile[]> {
  const results: GeneratedFile[] = [];
  for (const generator of generators) {
    const { file, command } = generator;
    const present = await readPresent(join(root, file));
    const wanted = await generator.generate(present ?? '');
    const fault = present === undefined ? 'is missing' : 'is not what its generator gives';
    results.push(present === wanted ? { file } : { file, fault: `${file} ${fault}: ${command}` });
  }
  return results;
}

/** Writes every generated file that is not as it should be, and gives the names of those. */
export async function writeGenerated(
  generators: readonly Generator[],
  root: string,
): Promise<string[]> {
  const written: string[] = [];
  for (const generator of generators) {
    const { file } = generator;
    const path = join(root, file);
    const present = await readPresent(path);
    const wanted = await generator.generate(present ?? '');
    if (present === wanted) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, wanted);
    written.push(file);
  }
  return written;
}

async function readPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
