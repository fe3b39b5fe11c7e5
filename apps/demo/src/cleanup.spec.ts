import { describe, expect, it } from 'vitest';
import { Cleanup } from './cleanup.js';

describe('the cleanup', () => {
  it('undoes everything in reverse order, whatever fails on the way', async () => {
    const done: string[] = [];
    const cleanup = new Cleanup();
    cleanup.add('stop the server', async () => void done.push('server'));
    cleanup.add('stop the service', () => Promise.reject(new Error('no answer')));
    cleanup.add('close the receiver', async () => void done.push('receiver'));
    expect(await cleanup.run()).toEqual(['stop the service: no answer']);
    expect(done).toEqual(['receiver', 'server']);
  });

  it('goes on when a duty does not end in time', async () => {
    const done: string[] = [];
    const cleanup = new Cleanup();
    cleanup.add('drop the database', async () => void done.push('database'));
    cleanup.add('hang', () => new Promise(() => undefined), 20);
    expect(await cleanup.run()).toEqual(['hang: not done within 0.02 s']);
    expect(done).toEqual(['database']);
  });
});
