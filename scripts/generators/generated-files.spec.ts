import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkGenerated, writeGenerated } from './generated-files.js';
import type { Generator } from './generator.interface.js';

const command = 'npm run generate';

const GENERATORS: readonly Generator[] = [
  { file: 'docs/whole.txt', command, generate: () => 'whole\n' },
  { file: 'part.txt', command, generate: async (present) => `${present.split('|')[0]}|part` },
];

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'generated-'));
});

afterEach(() => rm(root, { recursive: true }));

describe('generated files', () => {
  it('are written where they differ, and found in order afterwards', async () => {
    await writeFile(join(root, 'part.txt'), 'kept|old');
    expect(await writeGenerated(GENERATORS, root)).toEqual(['docs/whole.txt', 'part.txt']);
    expect(await readFile(join(root, 'part.txt'), 'utf8')).toBe('kept|part');
    const inOrder = [{ file: 'docs/whole.txt' }, { file: 'part.txt' }];
    expect(await checkGenerated(GENERATORS, root)).toEqual(inOrder);
    expect(await writeGenerated(GENERATORS, root)).toEqual([]);
  });

  it('are named with the command when they are missing or were edited, and left alone', async () => {
    await writeFile(join(root, 'part.txt'), 'kept|edited');
    expect(await checkGenerated(GENERATORS, root)).toEqual([
      { file: 'docs/whole.txt', fault: 'docs/whole.txt is missing: npm run generate' },
      {
        file: 'part.txt',
        fault: 'part.txt is not what its generator gives: npm run generate',
      },
    ]);
    expect(await readFile(join(root, 'part.txt'), 'utf8')).toBe('kept|edited');
  });
});
