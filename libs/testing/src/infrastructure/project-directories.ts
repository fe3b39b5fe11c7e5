import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The directory of package.json, from the sources as well as from `dist`. */
export function projectRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no package.json above ${import.meta.dirname}`);
    directory = parent;
  }
  return directory;
}

/** `.data` of the project: what says which servers run, and the servers' data where that is possible. */
export function dataDirectory(): string {
  return open(join(projectRoot(), '.data'));
}

export function cacheDirectory(name: string): string {
  open(join(projectRoot(), '.cache'));
  return open(join(projectRoot(), '.cache', name));
}

/** Server data that outlives a command. */
export function keptDirectory(name: string): string {
  return open(join(serverData(), name));
}

const THROW_AWAY = /^run-(\d+)-/;

/**
 * A fresh directory for server data that belongs to this process. What killed runs left there is
 * removed on the way; a pid that is in use again merely delays that.
 */
export function throwAwayDirectory(): string {
  for (const name of readdirSync(serverData())) {
    const pid = THROW_AWAY.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      rmSync(join(serverData(), name), { recursive: true, force: true });
    }
  }
  return open(mkdtempSync(join(serverData(), `run-${process.pid}-`)));
}

export function isThrowAway(directory: string): boolean {
  return THROW_AWAY.test(basename(directory));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether every directory on the way lets other users pass. */
export function isReachable(path: string): boolean {
  for (let directory = path; directory !== dirname(directory); directory = dirname(directory)) {
    if ((statSync(directory).mode & 0o1) === 0) return false;
  }
  return true;
}

/**
 * A directory of ours outside the project, for what another user must reach while the project is, say,
 * under /root. @throws Error when somebody else made it: its content could be anything.
 */
export function outsideDirectory(name: string): string {
  const directory = open(join(tmpdir(), name));
  if (statSync(directory).uid !== process.getuid?.()) {
    throw new Error(`${directory} belongs to another user; remove it or set TMPDIR`);
  }
  return directory;
}

/** As root the servers run as another user, who has to pass through every directory on the way. */
function serverData(): string {
  const inside = dataDirectory();
  if (process.getuid?.() !== 0 || isReachable(inside)) return inside;
  return outsideDirectory(
    `webhooks-${createHash('sha256').update(inside).digest('hex').slice(0, 12)}`,
  );
}

function open(path: string): string {
  mkdirSync(path, { recursive: true });
  // Neither the umask nor mkdtemp (0700) may keep PostgreSQL's user out. Secrets here have files of 0600.
  chmodSync(path, 0o755);
  return path;
}
