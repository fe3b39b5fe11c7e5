import { describe, expect, it } from 'vitest';
import { argumentsOf, parseRequest } from './options.js';
import { FAULT_NAMES } from './schedule/fault-kinds.js';

const runsOf = (...args: string[]) => {
  const request = parseRequest(args);
  return request.kind === 'run' ? request.runs : request;
};

describe('options of the chaos suite', () => {
  it('have defaults, and a seed that is another one each time', () => {
    const [first] = [runsOf()].flat();
    expect(first).toMatchObject({
      minutes: 1,
      replicas: 3,
      queues: 200,
      rate: 60,
      kinds: FAULT_NAMES,
    });
    expect(first).not.toEqual([runsOf()].flat()[0]);
  });

  it('take seeds, one or several', () => {
    expect(runsOf('--seed', 'x')).toMatchObject([{ seed: 'x' }]);
    expect(runsOf('--seed', 'x', '--seeds', '2')).toMatchObject([{ seed: 'x-1' }, { seed: 'x-2' }]);
    expect(runsOf('--seeds', '3')).toHaveLength(3);
  });

  it('take kinds of faults in their order', () => {
    expect(runsOf('--only', 'pause', '--only', 'crash')).toMatchObject([
      { kinds: ['crash', 'pause'] },
    ]);
  });

  it('can be told again by the run that they asked for', () => {
    for (const args of [
      ['--seed', 'x'],
      ['--seed', 'y', '--only', 'crash', '--minutes', '0.5'],
    ]) {
      const runs = [runsOf(...args)].flat();
      const [run] = runs;
      expect(run && 'seed' in run && [runsOf(...argumentsOf(run))].flat()).toEqual(runs);
    }
  });

  it('ask for mutations instead, all or some', () => {
    expect(parseRequest(['--mutations'])).toEqual({ kind: 'mutations', names: [] });
    expect(parseRequest(['--mutations', '--only', 'sweeper'])).toMatchObject({
      names: ['sweeper'],
    });
  });

  it.each([
    [['--mutations', '--only', 'crash'], "there is no mutation 'crash'"],
    [['--only', 'fire'], "there is no fault 'fire'"],
    [['--minutes', '0'], '--minutes takes 0.1 to 1440'],
    [['--replicas', '1.5'], '--replicas takes a whole number'],
    [['--queues', 'many'], '--queues takes 20 to 5000'],
    [['--speed', '3'], /Unknown option '--speed'/],
  ])('refuse %j', (args, reason) => {
    expect(parseRequest(args)).toEqual({
      kind: 'refused',
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });
});
