import { describe, expect, it } from 'vitest';
import { parseRequest } from './options.js';

const parse = (...args: string[]) => parseRequest(args, ['raw', 'drain-100']);

describe('the options of the bench', () => {
  it('measure everything three times and write the results down, without any', () => {
    expect(parse()).toEqual({
      kind: 'run',
      options: {
        only: [],
        json: undefined,
        repeat: 3,
        records: 50_000,
        smoke: false,
        results: 'bench/RESULTS.md',
        profile: undefined,
      },
    });
  });

  it('measure a part once, and leave the results as they are', () => {
    expect(parse('--only', 'raw')).toMatchObject({
      options: { only: ['raw'], repeat: 1, results: undefined },
    });
    expect(parse('--smoke')).toMatchObject({
      options: { smoke: true, repeat: 1, records: 10_000, results: undefined },
    });
    expect(parse('--only', 'raw', '--results', 'x.md', '--repeat', '5')).toMatchObject({
      options: { repeat: 5, results: 'x.md' },
    });
  });

  it.each([
    ['an unknown scenario', ['--only', 'drain'], /no scenario 'drain'/],
    ['scenarios for the short run', ['--smoke', '--only', 'raw'], /leave out --only/],
    ['no runs', ['--repeat', '0'], /--repeat takes 1 to 100/],
    ['a number of records that is none', ['--records', '1e3'], /--records takes 1 to/],
    ['an unknown option', ['--fast'], /--fast/],
  ])('refuse %s', (_, args, reason) => {
    expect(parse(...args)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(reason),
    });
  });
});
