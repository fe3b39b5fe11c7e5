import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withLock } from './process-lock.mjs';
import { runStep, say } from './step.mjs';

/** Runs `npm ci` unless the installed packages are those of package-lock.json. */
export async function ensureDependencies(root) {
  if (dependenciesAreCurrent(root)) return;
  const lock = join(root, '.data', 'install.lock');
  const waiting = (pid) =>
    say(`waiting for another run (pid ${pid}) that installs the dependencies …`);
  await withLock(
    lock,
    async ({ heldAlsoBy }) => {
      if (dependenciesAreCurrent(root)) return;
      const { file, args } = npm();
      await runStep({
        title: 'installing dependencies (npm ci)',
        file,
        // NODE_ENV=production would leave out the compiler, and --silent of the outer npm the reasons.
        args: [...args, 'ci', '--include=dev', '--no-audit', '--no-fund'],
        env: { ...process.env, npm_config_loglevel: 'warn' },
        cwd: root,
        started: heldAlsoBy,
      });
      writeFileSync(stampPath(root), digest(root));
    },
    waiting,
  );
}

/**
 * By content, not by age: times say little after a checkout, and an installation by hand counts too.
 * The digest of the lock file makes the usual case cheap.
 */
export function dependenciesAreCurrent(root) {
  const installed = join(root, 'node_modules', '.package-lock.json');
  // npm writes this file last: without it an installation was interrupted.
  if (!existsSync(installed)) return false;
  const wanted = digest(root);
  if (existsSync(stampPath(root)) && readFileSync(stampPath(root), 'utf8') === wanted) return true;
  const packages = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const there = packages(installed);
  const same = Object.entries(packages(join(root, 'package-lock.json'))).every(
    ([path, { version, integrity, optional }]) =>
      path === '' ||
      (there[path]
        ? there[path].version === version && there[path].integrity === integrity
        : // Optional packages for other platforms are not installed.
          optional === true),
  );
  if (same) writeFileSync(stampPath(root), wanted);
  return same;
}

function stampPath(root) {
  return join(root, 'node_modules', '.installed-lock-digest');
}

function digest(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function npm() {
  const running = process.env.npm_execpath;
  if (running && basename(running) === 'npm-cli.js')
    return { file: process.execPath, args: [running] };
  return { file: 'npm', args: [] };
}
