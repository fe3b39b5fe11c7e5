import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const PAUSE_MS = 500;
const SHELL = /^-?(ba|da|a|z|k)?sh$/;

/**
 * npm, when it is killed, leaves its script running. So under npm this process ends, as with SIGTERM, when
 * npm is gone. Not otherwise: `node … &` in a shell that is closed means to go on.
 */
export function endWithParent() {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  // npm runs scripts through a shell, which may or may not stay in between.
  const { name, ppid } = statusOf(parent) ?? {};
  const npm = name && SHELL.test(name) && ppid > 1 ? ppid : undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || exists(npm))) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, PAUSE_MS);
  timer.unref();
}

function exists(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** @returns {{ name: string, ppid: number } | undefined} */
function statusOf(pid) {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = line.lastIndexOf(')');
    return {
      name: line.slice(line.indexOf('(') + 1, end),
      ppid: Number(line.slice(end + 2).split(' ')[1]),
    };
  } catch {
    return statusFromPs(pid);
  }
}

/** For systems without /proc. */
function statusFromPs(pid) {
  try {
    const answer = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], {
      encoding: 'utf8',
    });
    const [, ppid, command] = /^\s*(\d+)\s+(.*)$/.exec(answer.trim()) ?? [];
    return command && { name: command.split('/').at(-1), ppid: Number(ppid) };
  } catch {
    return undefined;
  }
}
