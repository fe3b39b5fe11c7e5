import { Gate } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';

describe('turns', () => {
  it('follow one another for one key, in the order in which they were asked for', async () => {
    const turns = new Turns();
    const [first, second] = [new Gate(), new Gate()];
    const begun: string[] = [];
    const work = (name: string, gate: Gate) =>
      turns.take('key', async () => {
        begun.push(name);
        await gate.opened;
        return name;
      });
    const [one, two] = [work('one', first), work('two', second)];
    second.open();
    await turns.take('other', async () => begun.push('other'));
    expect(begun).toEqual(['one', 'other']);
    first.open();
    expect(await Promise.all([one, two])).toEqual(['one', 'two']);
    expect(begun).toEqual(['one', 'other', 'two']);
  });

  it('go on after one that fails, whose caller is told', async () => {
    const turns = new Turns();
    const failing = turns.take('key', () => Promise.reject(new Error('no')));
    const next = turns.take('key', async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
  });
});
