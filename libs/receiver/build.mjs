/**
 * Builds `dist`, or the directory that is named, as it is published: ES modules and CommonJS, each with
 * its types, by the compiler alone.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const here = import.meta.dirname;
const dist = resolve(process.argv[2] ?? join(here, 'dist'));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync(dist, { recursive: true, force: true });
for (const kind of ['esm', 'cjs']) {
  const args = [tsc, '-p', join(here, `tsconfig.${kind}.json`), '--outDir', join(dist, kind)];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
}
// The package is of ES modules: without this Node would take the files below for such.
writeFileSync(join(dist, 'cjs', 'package.json'), '{ "type": "commonjs" }\n');
