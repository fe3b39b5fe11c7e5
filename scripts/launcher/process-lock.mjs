import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 100;

/**
 * Runs `work` while no other process holds the lock at `path`. A lock whose processes are all gone is
 * stale and taken over; the start time kept with each pid tells a process from a later one with its pid.
 * @param {string} path
 * @param {(lock: { heldAlsoBy(pid: number): void }) => Promise<void>} work
 * @param {(pid: number) => void} waiting called once when another process holds it
 */
export async function withLock(path, work, waiting = () => {}) {
  const token = randomBytes(8).toString('hex');
  const holders = [holder(process.pid)];
  mkdirSync(dirname(path), { recursive: true });
  for (let told = false; !take(path, { token, holders }); await delay(PAUSE_MS)) {
    const other = read(path);
    if (!other) continue;
    if (!other.holders.some(isAlive)) clear(path, other.token);
    else if (!told) {
      told = true;
      waiting(other.holders[0].pid);
    }
  }
  const release = () => read(path)?.token === token && rmSync(path, { force: true });
  process.once('exit', release);
  const heldAlsoBy = (pid) => {
    holders.push(holder(pid));
    const draft = writeDraft(path, { token, holders });
    renameSync(draft, path);
  };
  try {
    await work({ heldAlsoBy });
  } finally {
    release();
    process.off('exit', release);
  }
}

/** Written beside and linked: nobody reads half of it, and of several only one succeeds. */
function take(path, content) {
  const draft = writeDraft(path, content);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moved aside and looked at again: a lock that somebody took in between is put back. */
function clear(path, staleToken) {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    if (read(aside)?.token !== staleToken) linkSync(aside, path);
  } catch {
    // Another run cleared it, or holds it by now.
  } finally {
    rmSync(aside, { force: true });
  }
}

function writeDraft(path, content) {
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(draft, JSON.stringify(content));
  return draft;
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function holder(pid) {
  return { pid, started: startTime(pid) };
}

function isAlive({ pid, started }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return startTime(pid) === started;
}

/** In clock ticks since boot, where /proc tells (Linux): field 22, counted after the name in brackets. */
function startTime(pid) {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    // A zombie does nothing any more; only its parent has not noticed.
    return fields[0] === 'Z' ? 'ended' : fields[19];
  } catch {
    return '';
  }
}
