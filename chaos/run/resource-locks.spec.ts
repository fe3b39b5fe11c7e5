import { describe, expect, it } from 'vitest';
import { ResourceLocks } from './resource-locks.js';

/** Work that is going on until it is told to end, and a line for its beginning and its end. */
function work(locks: ResourceLocks, lines: string[]) {
  return (name: string, use: Parameters<ResourceLocks['run']>[0]) => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const run = locks.run(use, async () => {
      lines.push(`${name} begins`);
      await ended;
      lines.push(`${name} ends`);
    });
    return { run, end: () => end() };
  };
}

/** Everything that can go on has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('resource locks', () => {
  it('let those go on together who share, and whoever needs it for itself waits for all of them', async () => {
    const lines: string[] = [];
    const begin = work(new ResourceLocks(), lines);
    const first = begin('first', { needs: [], shares: ['replicas'] });
    const second = begin('second', { needs: [], shares: ['replicas'] });
    const alone = begin('alone', { needs: ['replicas'] });
    const last = begin('last', { needs: [], shares: ['replicas'] });
    await settled();
    expect(lines).toEqual(['first begins', 'second begins']);
    second.end();
    first.end();
    await Promise.all([first.run, second.run]);
    await settled();
    expect(lines.slice(4)).toEqual(['alone begins']);
    alone.end();
    last.end();
    await last.run;
    expect(lines.slice(5)).toEqual(['alone ends', 'last begins', 'last ends']);
  });

  it('are given back by work that fails, and keep apart what needs different things', async () => {
    const locks = new ResourceLocks();
    const failing = locks.run({ needs: ['database'] }, () => Promise.reject(new Error('it broke')));
    const broker = locks.run({ needs: ['broker'] }, () => Promise.resolve('broker'));
    const next = locks.run({ needs: ['database', 'broker'] }, () => Promise.resolve('next'));
    await expect(failing).rejects.toThrow('it broke');
    expect(await Promise.all([broker, next])).toEqual(['broker', 'next']);
  });
});
