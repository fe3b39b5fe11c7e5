import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './process-lock.mjs';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(directory, 'a.lock');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A program that takes the lock, says so, and holds it until it is killed. */
function startHolder() {
  const program = `
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'process-lock.mjs'))};
    await withLock(${JSON.stringify(path)}, () => {
      process.stdout.write('held');
      return new Promise(() => setInterval(() => {}, 1000));
    });`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' });
}

describe('withLock', () => {
  it('lets the holders in one after the other and leaves nothing behind', async () => {
    let inside = 0;
    const most: number[] = [];
    const enter = async (): Promise<void> => {
      most.push(++inside);
      await once(spawn(process.execPath, ['-e', '']), 'exit');
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withLock(path, enter)));
    expect(most).toEqual([1, 1, 1]);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('gives the lock back when the work fails', async () => {
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(path)).toBe(false);
  });

  it('waits for another process that holds it, and takes it over when that one is killed', async () => {
    const other = startHolder();
    await once(other.stdout, 'data');
    const waited: number[] = [];
    await withLock(
      path,
      async () => {},
      (pid) => {
        waited.push(pid);
        other.kill('SIGKILL');
      },
    );
    expect(waited).toEqual([other.pid]);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('tells a living process from an ended one whose pid it has', async () => {
    const holders = [{ pid: process.pid, started: 'at another time' }];
    writeFileSync(path, JSON.stringify({ token: 'stale', holders }));
    let ran = false;
    await withLock(path, async () => void (ran = true));
    expect(ran).toBe(true);
  });
});
