import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildIsCurrent, fingerprintOf, removeOrphans } from './build.mjs';

let root: string;

function write(path: string, content = ''): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  // Whole seconds in the past, so that every later change shows.
  utimesSync(file, 1_000_000, 1_000_000);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'build-'));
  write('tsconfig.build.json', JSON.stringify({ include: ['libs/*/src', 'scripts'] }));
  write('libs/a/src/index.ts', 'export {};');
  write('scripts/start.ts', 'start();');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('buildIsCurrent', () => {
  it('is true after a build of exactly these sources only', () => {
    expect(buildIsCurrent(root)).toBe(false);
    write('dist/.built-from', fingerprintOf(root));
    expect(buildIsCurrent(root)).toBe(true);
  });

  it.each([
    ['a source is edited', () => write('libs/a/src/index.ts', 'export const a = 1;')],
    ['a source is new', () => write('libs/b/src/index.ts')],
    ['a source is gone', () => rmSync(join(root, 'scripts/start.ts'))],
    ['a source is as long but newer', () => utimesSync(join(root, 'scripts/start.ts'), 2e6, 2e6)],
    ['a setting of the compiler changes', () => write('tsconfig.json', '{}')],
    ['another version of a package is locked', () => write('package-lock.json', '{}')],
  ])('is false when %s', (_what, change) => {
    write('dist/.built-from', fingerprintOf(root));
    change();
    expect(buildIsCurrent(root)).toBe(false);
  });

  it('does not mind specs, which are not built', () => {
    write('dist/.built-from', fingerprintOf(root));
    write('libs/a/src/index.spec.ts', 'new');
    expect(buildIsCurrent(root)).toBe(true);
  });
});

describe('removeOrphans', () => {
  it('removes the output of sources that are gone, and nothing else', () => {
    const output = ['js', 'js.map', 'd.ts'].map((end) => `dist/libs/a/src/index.${end}`);
    const orphans = [
      'dist/libs/a/src/gone.js',
      'dist/libs/a/src/gone.js.map',
      'dist/apps/b/src/main.js',
    ];
    for (const path of [...output, ...orphans, 'dist/.built-from']) write(path);
    removeOrphans(root);
    const left = (path: string): boolean => existsSync(join(root, path));
    expect(output.filter(left)).toEqual(output);
    expect(orphans.filter(left)).toEqual([]);
    expect(left('dist/.built-from')).toBe(true);
  });
});
