import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { withLock } from './process-lock.mjs';
import { runStep, say } from './step.mjs';

/** Files beside the sources that decide what the build makes of them. */
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package-lock.json'];

/** Builds unless `dist` was built from exactly these sources. */
export async function ensureBuild(root) {
  if (buildIsCurrent(root)) return;
  const waiting = (pid) => say(`waiting for another run (pid ${pid}) that builds …`);
  await withLock(
    join(root, '.data', 'build.lock'),
    async ({ heldAlsoBy }) => {
      if (buildIsCurrent(root)) return;
      rmSync(stampPath(root), { force: true });
      // Taken before: what is edited during the build makes it stale again.
      const fingerprint = fingerprintOf(root);
      await runStep({
        title: 'building (nest build)',
        file: process.execPath,
        args: [join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build'],
        cwd: root,
        started: heldAlsoBy,
      });
      removeOrphans(root);
      writeFileSync(stampPath(root), fingerprint);
    },
    waiting,
  );
}

export function buildIsCurrent(root) {
  const stamp = stampPath(root);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprintOf(root);
}

/** Path, size and time of every source: some 10 ms for hundreds of files. */
export function fingerprintOf(root) {
  const hash = createHash('sha256');
  for (const path of [...SETTINGS, ...sources(root)].sort()) {
    const { size, mtimeMs } = statSync(join(root, path), { throwIfNoEntry: false }) ?? {};
    hash.update(`${path}:${size}:${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * The output of a source that is gone would go on working, and hide that. Removed one by one instead of
 * emptying `dist`: another command may be running from it.
 */
export function removeOrphans(root) {
  const dist = join(root, 'dist');
  const known = new Set(sources(root).map((path) => path.replace(/\.[cm]?ts$/, '')));
  for (const path of filesBelow(dist)) {
    const output = /^(.*?)(\.d\.[cm]?ts|\.[cm]?js|\.json)(\.map)?$/.exec(relative(dist, path));
    if (!output || known.has(output[1]) || known.has(`${output[1]}.json`)) continue;
    rmSync(path);
  }
}

function sources(root) {
  const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'));
  return include
    .flatMap((pattern) => directoriesOf(root, pattern))
    .flatMap(filesBelow)
    .filter((path) => !/\.spec\.ts$|\.mjs$/.test(path))
    .map((path) => relative(root, path));
}

/** One star for one directory, or a plain path: as much of the pattern language as the file uses. */
function directoriesOf(root, pattern) {
  const [before, after] = pattern.split('/*/');
  if (after === undefined) return [join(root, pattern)];
  const parent = join(root, before);
  return existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name, after)) : [];
}

function filesBelow(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function stampPath(root) {
  return join(root, 'dist', '.built-from');
}
